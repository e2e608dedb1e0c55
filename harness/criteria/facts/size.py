"""How large the production image is, as the engine has it and as a registry would."""

from harness.criteria.facts.model import Facts
from harness.docker import imagetools
from harness.docker.images import inspect
from harness.docker.loopback_registry import registry
from harness.docker.push import push
from harness.engine.model import Engine
from harness.errors import ImageError

__all__ = ["SizeFacts", "observe"]


class SizeFacts(Facts):
    """Sizes in bytes.

    Attributes:
        layers: How many layers it has.
        uncompressed: All of them, as they lie on an engine's disk.
        compressed: All of them, as they are pulled; None where no registry has the image, and
            nobody was patient enough to give it to one.
    """

    layers: int
    uncompressed: int
    compressed: int | None


def observe(engine: Engine, image: str, *, patient: bool) -> SizeFacts:
    """Ask the engine and the registry that the image is from.

    Args:
        engine: Where the image is.
        image: Its name.
        patient: Push an image that no registry has to one on loopback, which takes minutes.
    """
    found = inspect(engine, image)
    if found is None:
        raise ImageError(f"{image} was removed meanwhile", "build it again")
    compressed = _size(found.digests[0], found.platform) if found.digests else None
    if compressed is None and patient:
        compressed = _pushed(engine, image, found.platform)
    return SizeFacts(layers=len(found.layers), uncompressed=found.size, compressed=compressed)


def _pushed(engine: Engine, image: str, platform: str) -> int | None:
    with registry() as served:
        name = f"{served.host}/size"
        engine.client.images.get(image).tag(name, "1")
        try:
            push(engine, f"{name}:1")
            return _size(f"{name}:1", platform)
        finally:
            engine.client.images.remove(f"{name}:1")


def _size(reference: str, platform: str) -> int | None:
    try:
        return imagetools.compressed(reference, platform)
    except ImageError:
        return None
