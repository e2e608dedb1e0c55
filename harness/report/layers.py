"""The images of the newest run, layer by layer."""

from collections.abc import Sequence
from typing import NamedTuple

from harness.criteria.environment import BuildInfo, ImageInfo
from harness.report.merged import Merged

__all__ = ["Image", "Layer", "images"]

_MEGABYTE, _KILOBYTE = 1_000_000, 1_000
_UNSAID = "imported whole, without a word of what made it"


class Layer(NamedTuple):
    """A layer: what made it, its size, and that in percent of the largest one."""

    made_by: str
    size: str
    part: float


class Image(NamedTuple):
    """An image: its role, its size, its layers from the largest on, and how it was built."""

    role: str
    size: str
    layers: Sequence[Layer]
    build: str


def images(merged: Merged) -> list[Image]:
    """Return those images whose layers the newest evidence that has any knows."""
    known = (it.evidence.images for it in merged.sources)
    found = next((it for it in known if any(image.layers for image in it.values())), {})
    return [_image(role, image) for role, image in found.items() if image.layers]


def _image(role: str, image: ImageInfo) -> Image:
    largest = max(it.bytes for it in image.layers)
    layers = sorted(image.layers, key=lambda it: it.bytes, reverse=True)
    return Image(
        role=role,
        size=_size(sum(it.bytes for it in image.layers)),
        layers=[
            Layer(it.made_by or _UNSAID, _size(it.bytes), round(100 * it.bytes / largest, 2))
            for it in layers
        ],
        build=_build(image.build),
    )


def _build(build: BuildInfo | None) -> str:
    if build is None:
        return "nothing had to be built"
    cached = f"{build.cached} of {build.steps} steps were cached"
    return f"{cached}, the others took {build.seconds:.1f} s"


def _size(count: int) -> str:
    if count < _MEGABYTE / 10:
        return f"{count / _KILOBYTE:.1f} kB"
    return f"{count / _MEGABYTE:.1f} MB"
