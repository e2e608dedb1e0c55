"""Whether the harness that runs is that of the checkout which it works on."""

import filecmp
import sys
from functools import cache
from pathlib import Path

import harness
from harness.console import log

__all__ = ["warn_of_another"]

_OWNER = "owner"
_COMMAND = ".venv/bin/harness"


@cache
def warn_of_another(root: Path) -> None:
    """Say once if a checkout has a harness of its own that is not the one which runs.

    With another clone's environment active its checks and rules would count here, and nobody would
    see it. A checkout without a harness has no other to run.

    Args:
        root: The checkout's directory, absolute and without links.
    """
    running = Path(harness.__file__).resolve().parents[1]
    has_one = (root / "harness" / "__init__.py").is_file()
    if root == running or not has_one or _is_meant(root):
        return
    theirs = root / _COMMAND
    made = "" if theirs.exists() else ", which `make dev` makes there"
    log.warn(
        f"this is the harness of {running}; that of the checkout is in {root}/harness: "
        f"run {theirs}{made}"
    )


def _is_meant(root: Path) -> bool:
    """Whether it is a copy that the harness made, or its environment leads to this very one."""
    theirs, ours = root / _COMMAND, Path(sys.prefix) / "bin/harness"
    # A copied environment starts with the same first line, and so the same harness.
    is_ours = theirs.is_file() and ours.is_file() and filecmp.cmp(theirs, ours, shallow=False)
    return is_ours or (root.parent / _OWNER).is_file()
