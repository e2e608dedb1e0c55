"""The files of an image, one by one, to be held beside another's."""

import hashlib
import tarfile
from collections.abc import Iterator, Mapping
from tempfile import TemporaryFile
from typing import NamedTuple, cast

from docker.models.containers import Container

from harness.engine.model import Engine

__all__ = ["Entry", "differing", "files_of"]

_CHUNK = 1 << 20
# What the engine itself puts into every container.
_NOT_THE_IMAGE_S = ("dev", "proc", "sys", ".dockerenv", "etc/hostname", "etc/hosts", "etc/mtab")


class Entry(NamedTuple):
    """A file, directory or link.

    Attributes:
        kind: As tar calls it.
        mode: Its permissions.
        owner: User and group id.
        content: The SHA-256 of a file, the target of a link, empty for others.
    """

    kind: bytes
    mode: int
    owner: tuple[int, int]
    content: str


def files_of(engine: Engine, image: str, place: str = "") -> dict[str, Entry]:
    """Return everything in an image's file system, by path.

    Args:
        engine: Where the image is.
        image: Its name.
        place: Only what is in this directory; paths begin with its last name then.

    Raises:
        docker.errors.NotFound: There is no such image or directory.
    """
    container = engine.client.containers.create(image, command=["true"])
    try:
        with TemporaryFile() as file:
            for chunk in _archive(container, place):
                file.write(chunk)
            file.seek(0)
            with tarfile.open(fileobj=file) as archive:
                return dict(_entries(archive))
    finally:
        container.remove(force=True)


def differing(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[str]:
    """Return the paths that are in one only, or are not the same in both."""
    return sorted(it for it in {*before, *after} if before.get(it) != after.get(it))


def _archive(container: Container, place: str) -> Iterator[bytes]:
    if place:
        return container.get_archive(place, chunk_size=_CHUNK)[0]
    # Its stub says that it is text.
    return cast("Iterator[bytes]", container.export(chunk_size=_CHUNK))


def _entries(archive: tarfile.TarFile) -> Iterator[tuple[str, Entry]]:
    left_out = (*_NOT_THE_IMAGE_S, "etc/resolv.conf")
    for it in archive:
        if any(it.name == name or it.name.startswith(f"{name}/") for name in left_out):
            continue
        content = _digest(archive, it) if it.isfile() else it.linkname
        yield it.name, Entry(it.type, it.mode, (it.uid, it.gid), content)


def _digest(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    total = hashlib.sha256()
    data = archive.extractfile(entry)
    while data and (chunk := data.read(_CHUNK)):
        total.update(chunk)
    return total.hexdigest()
