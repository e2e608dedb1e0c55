"""The development start script itself: what it gives the gateway, and how much that one says."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from docker.models.containers import Container

from harness.criteria.facts.dev_mode import (
    DEVELOPMENT,
    STATE,
    VARIABLE,
    find_script,
    has_files,
    state_of_its_own,
)
from harness.criteria.facts.model import Facts
from harness.criteria.facts.mount import target_of
from harness.criteria.facts.one_off import exec_in, one_off
from harness.criteria.facts.port import GATEWAY_PORT
from harness.criteria.facts.serving import LOOKS, Serving, serving
from harness.criteria.faults import UnobservableError
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, until

__all__ = ["NOTE", "DevStartFacts", "observe"]

_PATIENCE = 60.0
_TELLS = 15.0
_PLACE = "/tmp/harness-note.cjs"  # noqa: S108 -- in a container that goes with the check

# A gateway gives itself another name, on a busy machine before anybody could have looked. So each
# program that Node runs notes its command line itself, before anything else is run in it.
NOTE = """
const { isMainThread } = require("worker_threads");
if (isMainThread) try {
  const fs = require("fs");
  const words = fs.readFileSync("/proc/self/cmdline", "utf8").split("\\0").filter(Boolean);
  fs.appendFileSync(`${__filename}.seen`, `${JSON.stringify([process.pid, words])}\\n`);
} catch {}
"""
_START = (
    'printf %s "$1" >"$2"; touch "$2.seen"; chmod 666 "$2.seen"; '
    'export NODE_OPTIONS="--require $2${NODE_OPTIONS:+ $NODE_OPTIONS}"; shift 2; exec "$@"'
)

# A verbose gateway tells of each connection.
_CALL = """
const { request } = require("http");
const key = Buffer.alloc(16).toString("base64");
const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": 13,
  "Sec-WebSocket-Key": key };
request({ host: "127.0.0.1", port: Number(process.argv[1]), headers, timeout: 5000 })
  .on("upgrade", () => process.exit(0)).on("response", () => process.exit(1))
  .on("timeout", () => process.exit(1)).on("error", () => process.exit(1)).end();
"""
_VERBOSE = re.compile(r"\[ws\] [←→]")


class DevStartFacts(Facts):
    """One start of the script, with the variable unset, the image's default too.

    Attributes:
        path: Where the script is in the image; None where it is not.
        recovered: Whether recovery brought identity state back.
        served: Whether a gateway served.
        dev_mode: The variable in the environment of the process that served.
        commands: The command lines that this process has had, joined with spaces.
        chatter: How many lines it logged of what passes over WebSockets, which only a verbose
            gateway does.
    """

    path: str | None
    recovered: bool = False
    served: bool = False
    dev_mode: str | None = None
    commands: tuple[str, ...] = ()
    chatter: int = 0


def observe(stack: Stack) -> DevStartFacts:
    """Start the script in a container of its own.

    Raises:
        UnobservableError: There is no place in the container in which recovery would show.
    """
    path = find_script(stack, DEVELOPMENT)
    if path is None:
        return DevStartFacts(path=None)
    target = target_of(stack.container, stack.project.root / STATE)
    if target is None:
        raise UnobservableError(f"{STATE}/ is not mounted, so recovery cannot be seen")
    command = ["sh", "-c", _START, "sh", NOTE, _PLACE, "env", "--unset", VARIABLE, path]
    with (
        state_of_its_own(stack) as state,
        one_off(stack, command, binds={str(target): str(state)}) as container,
    ):
        process = _wait(container)
        seen = _seen(container, process) if process else {}
        return DevStartFacts(path=path, recovered=has_files(state), served=bool(process), **seen)


def _wait(container: Container) -> Serving | None:
    with suppress(PollTimeoutError):
        return until(
            lambda: serving(container), seconds=_PATIENCE, what="a gateway serves", every=LOOKS
        )
    return None


def _seen(container: Container, process: Serving) -> dict[str, Any]:
    environment = exec_in(container, "cat", f"/proc/{process.pid}/environ").stdout.split("\0")
    values = dict(it.split("=", 1) for it in environment if "=" in it)
    return {
        "dev_mode": values.get(VARIABLE),
        "commands": tuple(dict.fromkeys(_commands(container, process.pid))),
        "chatter": _provoked(container),
    }


def _commands(container: Container, pid: int) -> Iterator[str]:
    """Yield the command lines that a process noted, and the one that it has now."""
    for line in exec_in(container, "cat", f"{_PLACE}.seen").stdout.splitlines():
        noted, words = json.loads(line)
        if noted == pid:
            yield " ".join(words)
    now = exec_in(container, "cat", f"/proc/{pid}/cmdline").stdout.split("\0")
    yield " ".join(filter(None, now))


def _provoked(container: Container) -> int:
    """Give the gateway something to tell of, and count what it tells."""
    exec_in(container, "node", "-e", _CALL, str(GATEWAY_PORT))
    with suppress(PollTimeoutError):
        return until(lambda: _chatter(container), seconds=_TELLS, what="verbose lines")
    return 0


def _chatter(container: Container) -> int:
    return len(_VERBOSE.findall(container.logs().decode(errors="replace")))
