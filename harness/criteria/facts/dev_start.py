"""The development start script itself: what it gives the gateway, and how much that one says."""

import json
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
from harness.criteria.facts.serving import Serving, serving
from harness.criteria.faults import UnobservableError
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, until

__all__ = ["DevStartFacts", "observe"]

_PATIENCE = 60.0
_SEEN = "/tmp/harness-seen.json"  # noqa: S108 -- in a container that goes with the check

# A gateway gives itself another name, so its command line has to be caught before. Starts the
# script once it looks.
_WATCH = f"""
const fs = require("fs"), seen = {{}};
function look() {{
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name))) {{
    try {{
      const words = fs.readFileSync(`/proc/${{pid}}/cmdline`, "utf8").split("\\0").filter(Boolean);
      const all = (seen[pid] ??= []);
      if (words.length > 0 && !all.some((it) => it.join() === words.join())) all.push(words);
    }} catch {{}}
  }}
}}
setInterval(look, 2);
setInterval(() => fs.writeFileSync("{_SEEN}", JSON.stringify(seen)), 100);
"""
_START = 'node -e "$1" & until [ -s "$2" ]; do :; done; shift 2; exec "$@"'


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
    command = ["sh", "-c", _START, "sh", _WATCH, _SEEN, "env", "--unset", VARIABLE, path]
    with (
        state_of_its_own(stack) as state,
        one_off(stack, command, binds={str(target): str(state)}) as container,
    ):
        process = _wait(container)
        seen = _seen(container, process) if process else {}
        return DevStartFacts(path=path, recovered=has_files(state), served=bool(process), **seen)


def _wait(container: Container) -> Serving | None:
    with suppress(PollTimeoutError):
        return until(lambda: serving(container), seconds=_PATIENCE, what="a gateway serves")
    return None


def _seen(container: Container, process: Serving) -> dict[str, Any]:
    commands = json.loads(exec_in(container, "cat", _SEEN).stdout).get(str(process.pid), [])
    environment = exec_in(container, "cat", f"/proc/{process.pid}/environ").stdout.split("\0")
    values = dict(it.split("=", 1) for it in environment if "=" in it)
    with suppress(PollTimeoutError):
        until(lambda: _chatter(container), seconds=60, what="verbose lines")
    return {
        "dev_mode": values.get(VARIABLE),
        "commands": tuple(" ".join(words) for words in commands),
        "chatter": _chatter(container),
    }


def _chatter(container: Container) -> int:
    return container.logs().decode(errors="replace").count("[ws]")
