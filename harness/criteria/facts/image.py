"""The development image and the base that it stands on."""

from harness.criteria.facts.model import Facts
from harness.criteria.faults import UnobservableError
from harness.docker import images
from harness.engine.model import Engine
from harness.fixtures.stack import AcceptanceStack

__all__ = ["ImageFacts", "observe"]


class ImageFacts(Facts):
    """Both images as the engine has them.

    Attributes:
        reference: What the base is called here.
        published: What it is called where it is published.
        origin: How it came here.
        why: Why it was not pulled; empty where it was.
        platform: The base's system and processor.
        machine: The engine's.
        version: The base's version label; None where it has none.
        base_layers: The base's layers, bottom first.
        dev_layers: The development image's.
        base_bytes: The base's uncompressed size.
        dev_bytes: The development image's.
    """

    reference: str
    published: str
    origin: str
    why: str
    platform: str
    machine: str
    version: str | None
    base_layers: tuple[str, ...]
    dev_layers: tuple[str, ...]
    base_bytes: int
    dev_bytes: int


def observe(stack: AcceptanceStack) -> ImageFacts:
    """Inspect both images."""
    base, settings = stack.images.base, stack.project.config.image
    below, above = _known(stack.engine, base.image_id), _known(stack.engine, _running(stack))
    return ImageFacts(
        reference=base.reference,
        published=settings.published,
        origin=base.origin,
        why=base.why,
        platform=below.platform,
        machine=_platform(stack.engine),
        version=below.labels.get(settings.version_label),
        base_layers=below.layers,
        dev_layers=above.layers,
        base_bytes=below.size,
        dev_bytes=above.size,
    )


def _running(stack: AcceptanceStack) -> str:
    return str(stack.container.attrs["Image"])


def _known(engine: Engine, image: str) -> images.ImageFacts:
    found = images.inspect(engine, image)
    if found is None:
        raise UnobservableError(f"the image {image} was removed meanwhile")
    return found


def _platform(engine: Engine) -> str:
    version = engine.client.version()
    return f"{version['Os']}/{version['Arch']}"
