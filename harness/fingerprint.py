"""What a stack was made from, so that a changed part is said and rebuilt."""

import hashlib
import os
import posixpath
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

import harness
from harness.choices import chosen
from harness.config import FILE_NAME
from harness.discovery import files_of, service
from harness.docker.copied import copied
from harness.project import Project

__all__ = ["differences", "digest", "of_stack"]

_LARGE = 1 << 20


def of_stack(project: Project) -> dict[str, str]:
    """Return what each file is that images and stack are made from, by its path.

    That is the content's SHA-256; of what is copied, the mode too, and where a link leads. What the
    shell chose stands there as well, by the variable's name. The identity layer, `.claude/` and
    `grimoires/` do not: they are mounted.
    """
    root = project.root
    names = {*_decisive(project), *_values(project)}
    files = {path: _as_copied(path) for path in copied(project)}
    files |= {path: _sha256(path) for path in (root / name for name in names)}
    made = {os.path.relpath(path, root): it for path, it in files.items() if it}
    return {"harness": harness.__version__, **chosen(), **dict(sorted(made.items()))}


def digest(parts: dict[str, str]) -> str:
    """Return one SHA-256 over all parts."""
    lines = "\n".join(f"{name} {value}" for name, value in sorted(parts.items()))
    # A name need not be text.
    return hashlib.sha256(lines.encode(errors="surrogateescape")).hexdigest()


def differences(project: Project, before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Return the names that changed, came or went, sorted.

    Which files count is said by some of them, such as Dockerfiles: where one of these changed, what
    else only came or went may be as it was, and is not named.
    """
    names = {it for it in before.keys() | now.keys() if before.get(it) != now.get(it)}
    if names & _decisive(project):
        names &= _decisive(project) | (before.keys() & now.keys())
    return sorted(names)


def _decisive(project: Project) -> set[str]:
    """Return the files that say which others are in an image, or are mounted instead."""
    image = project.config.image
    dockerfiles = {image.dockerfile, image.dev_dockerfile}
    contexts = {".", image.dev_context}
    return {
        FILE_NAME,
        *files_of(project.root, project.config.compose.file),
        *dockerfiles,
        *(f"{it}.dockerignore" for it in dockerfiles),
        *(posixpath.normpath(f"{it}/.dockerignore") for it in contexts),
    }


def _values(project: Project) -> set[str]:
    """Return the files that hold the container's environment, and what compose fills in."""
    compose = project.config.compose
    found = service(project.root, compose.file, compose.service)
    beside = posixpath.join(posixpath.dirname(compose.file), ".env")
    return {".env.local", beside, *(found.env_files() if found else ())}


def _as_copied(path: Path) -> str | None:
    """Return what an image has of a file, or a link; None as `_sha256`, which a link may be of."""
    content = _sha256(path)
    try:
        if path.is_symlink():
            return f"{content} -> {path.readlink()}"
        return content and f"{content} {path.stat().st_mode & 0o777:o}"
    except OSError:
        return None


def _sha256(path: Path) -> str | None:
    """Return it; None for what is no file, and for what cannot be read or is just being replaced.

    Whoever needs the file says why it cannot be read.
    """
    try:
        stat = path.stat()
        if not S_ISREG(stat.st_mode):
            return None
        if stat.st_size > _LARGE:
            return _of_large(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


@lru_cache
def _of_large(path: Path, *_as_it_is: int) -> str:
    """Return the SHA-256 of a file that is not read again until it was written.

    Small ones are: two writes within a tick of the clock look the same.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
