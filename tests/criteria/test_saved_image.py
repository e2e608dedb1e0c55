"""What is searched of an image is all that it holds, however its engine keeps the layers."""

import gzip
import io
import tarfile
from types import SimpleNamespace
from typing import cast

import pytest

from harness.criteria.facts.saved_image import content
from harness.criteria.faults import UnobservableError
from harness.engine.model import Engine

LAYER = b"a layer with a value in it" * 100_000


def engine_with(*files: bytes, chunk: int = 1000) -> Engine:
    """An engine that gives an image of these files away, in small chunks."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        folder = tarfile.TarInfo("blobs")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for number, data in enumerate(files):
            entry = tarfile.TarInfo(f"blobs/{number}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    raw = buffer.getvalue()
    chunks = [raw[at : at + chunk] for at in range(0, len(raw), chunk)]
    image = SimpleNamespace(save=lambda **_: iter(chunks))
    images = SimpleNamespace(get=lambda _: image)
    return cast("Engine", SimpleNamespace(client=SimpleNamespace(images=images)))


@pytest.mark.parametrize(
    ("kept", "times"),
    [(LAYER, 1), (gzip.compress(LAYER), 1), (gzip.compress(LAYER) * 2, 2)],
    ids=["plain", "gzip", "gzip in two members"],
)
def test_a_layer_is_seen_as_it_is(kept: bytes, times: int) -> None:
    seen = b"".join(content(engine_with(b"{}", kept, b""), "image"))
    assert seen == b"{}" + LAYER * times


def test_what_cannot_be_seen_is_not_taken_for_nothing() -> None:
    packed = b"\x28\xb5\x2f\xfd" + b"x" * 100
    with pytest.raises(UnobservableError, match="zstd"):
        list(content(engine_with(packed), "image"))
