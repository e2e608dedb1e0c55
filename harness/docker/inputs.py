"""What a build takes in, as one digest: the same digest means the same image."""

import hashlib
import posixpath
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from stat import S_ISLNK, S_ISREG

from harness import tracked
from harness.docker.dockerfile import Dockerfile
from harness.docker.ignored import Ignored

__all__ = ["context_files", "digest"]

# Docker takes a `**` in a COPY for one `*`.
_STARS = re.compile(r"\*\*+")


def digest(
    context: Path,
    dockerfile: Dockerfile,
    target: str,
    *,
    bases: Mapping[str, str],
    build_args: Mapping[str, str],
) -> str:
    """Return the SHA-256 over everything that decides what a build gives.

    Args:
        context: The directory that the build may take files from.
        dockerfile: The Dockerfile, read with the same build arguments.
        target: The stage that is built; the last one if empty.
        bases: What each image that the build stands on really is (an id or a digest), by its name.
        build_args: The build arguments that shape the image.
    """
    total = hashlib.sha256()
    for part in (target, *_lines(bases), *_lines(build_args)):
        total.update(_bytes(f"{part}\0"))
    total.update(dockerfile.path.read_bytes())
    for name in context_files(context, dockerfile.path, dockerfile.sources(target)):
        total.update(_bytes(_file(context, name)))
    return total.hexdigest()


def context_files(
    context: Path, dockerfile: Path, sources: Iterable[str], *, but_for: Container[str] = ()
) -> list[str]:
    """Return the files below `sources` that the ignore file leaves in the context, sorted.

    Args:
        context: The directory that a build takes them from, and cannot leave.
        dockerfile: Whose ignore file counts.
        sources: Paths and patterns relative to the context, as COPY has them.
        but_for: What directories and files are called that are left out wherever they are.
    """
    ignored = Ignored.of(context, dockerfile)
    places = (place for source in sources for place in _places(context, source))
    found = (name for it in places for name in _below(context, it, ignored, but_for))
    return sorted(set(found))


def _places(context: Path, source: str) -> list[Path]:
    name = posixpath.normpath(f"/{_STARS.sub('*', source)}").lstrip("/")
    try:
        return list(context.glob(name)) if name else [context]
    except FileNotFoundError:  # git is just taking a directory away
        return []


def _below(context: Path, place: Path, ignored: Ignored, but_for: Container[str]) -> Iterator[str]:
    """Yield the files that a build takes of a file or directory; a link is taken as one."""
    name = place.relative_to(context).as_posix()
    if place.is_symlink() or not place.is_dir():
        if not ignored.leaves_out(name):
            yield name
    elif place == context or not ignored.leaves_out_all(name):
        for entry in tracked.entries(place):
            if entry.name not in but_for:
                yield from _below(context, entry, ignored, but_for)


def _file(context: Path, name: str) -> str:
    """Say in a line what a file is; nothing of one that is just gone, or is no file."""
    path = context / name
    try:
        mode = path.lstat().st_mode
        if not (S_ISREG(mode) or S_ISLNK(mode)):
            return ""
        content = _bytes(str(path.readlink())) if S_ISLNK(mode) else path.read_bytes()
    except FileNotFoundError:  # an editor's file
        return ""
    return f"{name}\0{mode & 0o777:o}\0{hashlib.sha256(content).hexdigest()}\0"


def _bytes(text: str) -> bytes:
    """Return it as the file system has it: a name need not be text."""
    return text.encode(errors="surrogateescape")


def _lines(values: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{name}={value}" for name, value in sorted(values.items()))
