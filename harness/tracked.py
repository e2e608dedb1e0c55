"""Which files of a checkout are its sources: what git tracks or would track."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness import process
from harness.errors import ToolError

__all__ = ["NEVER", "entries", "files", "ignores", "knows", "walk"]

_NOT_IGNORED = 1
"""What `git check-ignore` ends with; 128 where there is no repository."""

NEVER = frozenset({".git", ".venv", ".harness", "node_modules", ".env.local"})
"""What is called so is never a source."""


def files(root: Path, below: Sequence[str] = ()) -> list[Path]:
    """Return the files, relative to the checkout; some that git knows may be deleted.

    Where git does not answer, all files count but for those that are never sources.

    Args:
        root: The checkout.
        below: Directories or files, relative to it, to look at; all of it if empty.
    """
    listing: list[str | Path] = ["git", "-C", root, "ls-files", "-z"]
    listing += ["--cached", "--others", "--exclude-standard", "--", *below]
    try:
        names = process.run(listing, what="git ls-files").stdout.split("\0")
    except ToolError:
        places = [root / it for it in below] or [root]
        return [path.relative_to(root) for place in places for path in walk(place)]
    # Another repository's directory, such as a worktree's, ends with a slash: git adds none of it.
    own = [Path(name) for name in names if name and not name.endswith("/")]
    return [file for name in own for file in _within(root, name)]


def _within(root: Path, name: Path) -> list[Path]:
    """Return a file, or the sources of the submodule that it is; none where that is not there."""
    place = root / name
    if place.is_symlink() or not place.is_dir():
        return [name]
    return [name / it for it in files(place)] if (place / ".git").exists() else []


def knows(root: Path, name: str) -> bool:
    """Whether git has a file, or something below a directory, that may be deleted on the disk."""
    words: list[str | Path] = ["git", "-C", root, "ls-files", "--", name]
    try:
        return bool(process.run(words, what="git ls-files").stdout)
    except ToolError:
        return False


def ignores(root: Path, name: str) -> bool:
    """Whether git leaves a file alone; a directory without git commits nothing."""
    words: list[str | Path] = ["git", "-C", root, "check-ignore", "--quiet", name]
    return process.run(words, check=False).status != _NOT_IGNORED


def entries(directory: Path) -> list[Path]:
    """Return what is in a directory, by name; nothing of one that is not ours to read, or gone.

    A container may have made it as root, and git may just be taking it away.
    """
    try:
        return sorted(directory.iterdir())
    except (PermissionError, FileNotFoundError, NotADirectoryError):
        return []


def walk(place: Path) -> Iterator[Path]:
    """Yield each file of a directory, but for those that are never sources."""
    if place.is_symlink() or place.is_file():
        yield place
    elif place.is_dir():
        for entry in entries(place):
            if entry.name not in NEVER:
                yield from walk(entry)
