"""Which process serves the gateway's port: whatever passes connections on does not count."""

import json
from typing import NamedTuple

from docker.models.containers import Container

from harness.criteria.facts.one_off import exec_in
from harness.criteria.facts.port import GATEWAY_PORT

__all__ = ["LOOKS", "Serving", "serving"]

LOOKS = 0.25
"""Seconds between two looks: each starts a program there, and would slow down what is awaited."""

# Asks over a connection of its own, and then looks who holds its other end.
_ASK = """
const fs = require("fs"), net = require("net");
const [port, path] = [Number(process.argv[1]), process.argv[2]];
const give = (found) => { console.log(JSON.stringify(found)); process.exit(); };
const socket = net.connect(port, "127.0.0.1", () => {
  socket.write(`GET ${path} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n`);
});
socket.setTimeout(4000, () => give(null)).on("error", () => give(null)).on("end", () => give(null));
const portOf = (address) => parseInt(address.split(":")[1], 16);
function inode() {
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of fs.readFileSync(table, "utf8").split("\\n").slice(1)) {
      const [, local, remote, , , , , , , found] = line.trim().split(/\\s+/);
      if (local && portOf(local) === port && portOf(remote) === socket.localPort) return found;
    }
  }
}
// Processes end and files are closed while they are looked at.
function tried(look, otherwise) {
  try { return look(); } catch { return otherwise; }
}
function started(pid) {
  const stat = tried(() => fs.readFileSync(`/proc/${pid}/stat`, "utf8"), "");
  return Number(stat.replace(/.*\\) /s, "").split(" ")[19]);
}
function holds(pid, wanted) {
  const all = tried(() => fs.readdirSync(`/proc/${pid}/fd`), []);
  return all.some((fd) => tried(() => fs.readlinkSync(`/proc/${pid}/fd/${fd}`)) === wanted);
}
function holders(wanted) {
  const pids = fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name));
  return pids.filter((pid) => holds(pid, wanted)).map((pid) => [Number(pid), started(pid)]);
}
// Whoever passes a connection on may hold it for a moment too, after the other has answered. It was
// there first.
function look(wanted, left, before) {
  const found = holders(wanted);
  if (found.length > 1 && left > 0) return setTimeout(() => look(wanted, left - 1, found), 20);
  const all = found.length ? found : before;
  give(all.length ? all.reduce((one, other) => (other[1] > one[1] ? other : one)) : null);
}
socket.once("data", (answer) => {
  // Whoever passes connections on says so itself while there is nobody to pass them to.
  if (/^HTTP\\/1\\.\\d 5/.test(answer)) return give(null);
  // It may be closed now: who held it is known.
  socket.removeAllListeners("end");
  look(`socket:[${inode()}]`, 20, []);
});
"""


class Serving(NamedTuple):
    """A process, told from every other one.

    Attributes:
        pid: Its number in the container.
        started: When it was started, in ticks since the machine was.
    """

    pid: int
    started: int

    def is_gone(self, container: Container) -> bool:
        """Whether it does not run any more."""
        stat = exec_in(container, "cat", f"/proc/{self.pid}/stat").stdout
        fields = stat.rpartition(") ")[2].split()
        return not fields or fields[0] == "Z" or int(fields[19]) != self.started


def serving(container: Container, path: str = "/") -> Serving | None:
    """Return the process that answers on the gateway's port; None where none does within 4 s."""
    done = exec_in(container, "node", "-e", _ASK, str(GATEWAY_PORT), path)
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return None
    return None if found is None else Serving(*found)
