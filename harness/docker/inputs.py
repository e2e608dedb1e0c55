"""What a build takes in, as one digest: the same digest means the same image."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from docker.utils.build import PatternMatcher, exclude_paths

from harness.docker.dockerfile import Dockerfile

__all__ = ["context_files", "digest", "ignore_file"]


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
        total.update(f"{part}\0".encode())
    total.update(dockerfile.path.read_bytes())
    for name in context_files(context, dockerfile.path, dockerfile.sources(target)):
        path = context / name
        mode = path.lstat().st_mode & 0o777
        content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        total.update(f"{name}\0{mode:o}\0{hashlib.sha256(content).hexdigest()}\0".encode())
    return total.hexdigest()


def context_files(context: Path, dockerfile: Path, sources: Iterable[str]) -> list[str]:
    """Return the files below `sources` that the ignore file leaves in the context, sorted."""
    wanted = [str(PurePosixPath(source.lstrip("/"))) for source in sources]
    included = exclude_paths(str(context), _ignored(context, dockerfile), str(dockerfile))
    return sorted(
        name
        for name in included
        if not (context / name).is_dir() and any(_is_below(name, source) for source in wanted)
    )


def ignore_file(context: Path, dockerfile: Path) -> PatternMatcher:
    """Return what matches the files that a build by this Dockerfile may not take.

    Raises:
        OSError: The ignore file cannot be read.
    """
    return PatternMatcher(_ignored(context, dockerfile))


def _ignored(context: Path, dockerfile: Path) -> list[str]:
    """Return the patterns of the ignore file; one named after the Dockerfile wins, as in Docker."""
    for path in (
        dockerfile.with_name(f"{dockerfile.name}.dockerignore"),
        context / ".dockerignore",
    ):
        if path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return []


def _is_below(name: str, source: str) -> bool:
    if source == ".":
        return True
    parts, patterns = PurePosixPath(name).parts, PurePosixPath(source).parts
    # A pattern's `*` does not reach across a slash.
    return len(parts) >= len(patterns) and all(map(fnmatchcase, parts, patterns))


def _lines(values: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{name}={value}" for name, value in sorted(values.items()))
