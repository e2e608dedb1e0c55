"""All that an image holds, as its engine gives it away: an archive of archives."""

import gzip
import io
import tarfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

from harness.criteria.faults import UnobservableError
from harness.engine.model import Engine

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["content"]

_CHUNK = 1 << 20
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def content(engine: Engine, image: str) -> Iterator[bytes]:
    """Yield the files of the archive, part by part and none of them compressed.

    An engine with containerd's image store gives layers away as it keeps them, which is compressed.

    Raises:
        UnobservableError: A layer is compressed in a way that cannot be undone here.
    """
    chunks = io.BufferedReader(_Chunks(engine.client.images.get(image).save(chunk_size=_CHUNK)))
    with tarfile.open(fileobj=chunks, mode="r|") as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isfile() else None
            if file:
                yield from _parts(_plain(cast("io.BufferedReader", file), image))


def _plain(file: io.BufferedReader, image: str) -> io.BufferedIOBase:
    begin = file.peek(len(_ZSTD))
    if begin.startswith(_ZSTD):
        raise UnobservableError(f"a layer of {image} is compressed by zstd, and cannot be searched")
    return gzip.open(file) if begin.startswith(_GZIP) else file


def _parts(file: io.BufferedIOBase) -> Iterator[bytes]:
    while part := file.read(_CHUNK):
        yield part


class _Chunks(io.RawIOBase):
    """Chunks as a file that can be read once."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        wanted = memoryview(buffer).cast("B")
        size = min(len(wanted), len(self._rest))
        wanted[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
