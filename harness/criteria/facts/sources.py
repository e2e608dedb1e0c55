"""The files that a checkout consists of, as against what an environment leaves in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness import tracked
from harness.project import Project

__all__ = ["Sources"]

# They keep a directory that git would else not have, or say what it is for.
_PLACEHOLDERS = frozenset({".gitignore", ".gitkeep", ".keep"})


@dataclass(frozen=True)
class Sources:
    """What git tracks or would track of a checkout: what a copy of it begins with.

    Attributes:
        root: The copy's directory.
        names: The files, relative to it.
    """

    root: Path
    names: frozenset[str]

    @classmethod
    def of(cls, project: Project, root: Path) -> "Sources":
        """Return the sources of a checkout, of which a directory is a copy."""
        return cls(root.resolve(), frozenset(map(str, tracked.files(project.root))))

    def within(self, places: Iterable[Path | None]) -> list[Path]:
        """Return those places of the host that lie in the copy, relative to it."""
        there = (it for it in places if it is not None and it.is_relative_to(self.root))
        return [it.relative_to(self.root) for it in there]

    def below(self, directory: Path) -> bool:
        """Whether a directory of the copy holds sources; its name is relative to the copy."""
        files = (Path(it) for it in self.names)
        return any(it.is_relative_to(directory) for it in files if it.name not in _PLACEHOLDERS)

    def are_at(self, place: Path | None) -> bool:
        """Whether a directory of the host holds sources of the copy."""
        return any(map(self.below, self.within([place])))
