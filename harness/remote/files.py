"""The checkout's files as they are just now, and what of them has been sent."""

import json
import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from harness import tracked
from harness.project import Project

__all__ = ["Snapshot", "recall", "remember", "snapshot", "stamped"]

_MEMORY = "sent.json"
# git ignores it, but the container has to see it.
_SENTINELS = ".loa-sentinel-*"

Snapshot = dict[str, tuple[int, ...]]
"""What tells whether a file was written, by its name relative to the checkout."""


def snapshot(project: Project, directories: Sequence[str]) -> Snapshot:
    """Look at the files that belong to the engine: what git tracks or would track."""
    listed = [str(path) for path in tracked.files(project.root, directories)]
    layer = str(project.layer.relative_to(project.root))
    if layer in directories:
        listed += [f"{layer}/{path.name}" for path in project.layer.glob(_SENTINELS)]
    return stamped(project.root, listed)


def stamped(root: Path, names: Iterable[str]) -> Snapshot:
    """Look at these files; those that are not there, or are directories, are left out."""
    found: Snapshot = {}
    for name in names:
        with suppress(OSError):
            look = os.lstat(root / name)
            if not stat.S_ISDIR(look.st_mode):
                found[name] = (look.st_mtime_ns, look.st_size, look.st_ino, look.st_mode)
    return found


def recall(project: Project, engine: str) -> list[str]:
    """Return the names of what that engine was sent last for this checkout."""
    return _known(project).get(engine, [])


def remember(project: Project, engine: str, names: Iterable[str]) -> None:
    """Keep them, so that what is deleted while nobody is attached is deleted there later."""
    path = project.state_dir / _MEMORY
    draft = path.with_suffix(f".{os.getpid()}")
    known = {**_known(project), engine: sorted(names)}
    draft.write_text(json.dumps(known), encoding="utf-8")
    draft.replace(path)


def _known(project: Project) -> dict[str, list[str]]:
    with suppress(OSError, ValueError, TypeError, AttributeError):
        known = json.loads((project.state_dir / _MEMORY).read_text(encoding="utf-8"))
        return {engine: list(map(str, names)) for engine, names in known.items()}
    return {}
