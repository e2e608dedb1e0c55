"""Which process serves the gateway's port: whatever passes connections on does not count."""

import json
from typing import NamedTuple

from docker.models.containers import Container

from harness.criteria.facts.one_off import exec_in
from harness.criteria.facts.port import GATEWAY_PORT

__all__ = ["Serving", "serving"]

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
function holder(wanted) {
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name))) {
    try {
      for (const fd of fs.readdirSync(`/proc/${pid}/fd`)) {
        if (fs.readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${wanted}]`) return pid;
      }
    } catch {}
  }
}
socket.once("data", (answer) => {
  // Whoever passes connections on says so itself while there is nobody to pass them to.
  if (/^HTTP\\/1\\.\\d 5/.test(answer)) return give(null);
  const pid = holder(inode());
  if (!pid) return give(null);
  const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").replace(/.*\\) /s, "").split(" ");
  give([Number(pid), Number(fields[19])]);
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
