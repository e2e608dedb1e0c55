"""Whether a checkout, and the harness that checks it, stay as they are while the checks run.

Checks read the checkout as they come to it, some of them an hour after the first. What is edited
meanwhile makes evidence of no revision, also if it is put back before the run ends.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from harness import tracked
from harness.criteria.environment import Checkout, HarnessInfo, judging, parts_of
from harness.project import Project

__all__ = ["Steady"]

_Stamps = dict[Path, tuple[int, int, int] | None]
# Python and pytest write them as they load checks.
_CACHES = frozenset({"__pycache__", ".pytest_cache"})


class Steady:
    """A checkout and the harness, as they were at first.

    Args:
        project: The checkout.
        checks: The directory of the checks.

    Attributes:
        checkout: The checkout then.
        harness: The harness then.
    """

    def __init__(self, project: Project, checks: Path) -> None:
        self._project = project
        self._parts = parts_of(project)
        self._places = judging(checks)
        self._files, self._sources = self._stamps()
        self.checkout = Checkout.observe(project)
        self.harness = HarnessInfo.observe(checks)
        self._seen: set[str] = set()

    def changed(self) -> tuple[str, ...]:
        """Return what was ever seen to have changed since the start; it is looked at once more.

        These are `revision`, `files`, `harness` and the names of the checkout's parts. A file that
        was written again counts, whatever is in it now.
        """
        files, sources = self._stamps()
        self._seen |= set(self._names(files))
        if sources != self._sources:
            self._seen.add("harness")
        if Checkout.revision_of(self._project) != self.checkout.revision:
            self._seen.add("revision")
        return tuple(sorted(self._seen))

    def _names(self, files: _Stamps) -> Iterator[str]:
        """Yield what the paths are of whose stamps differ now."""
        for path in {it for it, _ in self._files.items() ^ files.items()}:
            yield "files"
            yield from (it for it, place in self._parts.items() if path.is_relative_to(place))

    def _stamps(self) -> tuple[_Stamps, _Stamps]:
        ours: _Stamps = {}
        for place in self._places:
            ours |= _stamps(place.parent, place.name)
        return _stamps(self._project.root), ours


def _stamps(root: Path, *below: str) -> _Stamps:
    names = (it for it in tracked.files(root, below) if not _CACHES & set(it.parts))
    return {name: _stamp(root / name) for name in names}


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what differs once a file is written again; None for one that is not there."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
