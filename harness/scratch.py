"""Temporary directories that go with their process, one that is killed included."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.owner import Owner

__all__ = ["make", "scratch", "sweep"]

_NAME = re.compile(r"loa-[a-z-]+\.(\d+)_([\d.]+)_([\d.]+)\.")


@contextmanager
def scratch(what: str) -> Iterator[Path]:
    """Hand over an empty directory for its user alone, which is removed after the block.

    Who is killed removes nothing, and logins lie in such directories: so what killed processes
    left is removed first.

    Args:
        what: What it is for, in small letters; part of its name.
    """
    place = make(what)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def make(what: str) -> Path:
    """Make such a directory for somebody who removes it by himself."""
    sweep()
    owner = str(Owner.me()).replace("/", "_")
    return Path(tempfile.mkdtemp(prefix=f"loa-{what}.{owner}."))


def sweep() -> int:
    """Remove what processes that are gone have left, and return how many directories it was."""
    left = [it for it in Path(tempfile.gettempdir()).glob("loa-*.*_*_*.*") if _is_left(it)]
    for place in left:
        shutil.rmtree(place, ignore_errors=True)
    return len(left)


def _is_left(place: Path) -> bool:
    found = _NAME.match(place.name)
    if found is None:
        return False
    try:
        ours = place.lstat().st_uid == os.getuid()
        return ours and not Owner.parse("/".join(found.groups())).alive()
    except (OSError, ValueError):  # somebody else has just removed it, or it is no name of ours
        return False
