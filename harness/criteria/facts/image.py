"""The base image, and the development image that stands on it."""

from harness.criteria.facts.model import Facts
from harness.criteria.faults import UnobservableError
from harness.docker import images
from harness.engine.model import Engine
from harness.fixtures.images import BaseImage, DevImage
from harness.project import Project

__all__ = ["BaseFacts", "ImageFacts", "observe", "observe_base"]


class BaseFacts(Facts):
    """The base image as the engine has it.

    Attributes:
        reference: What it is called here.
        published: What it is called where it is published.
        origin: How it came here.
        why: Why it was not pulled; empty where it was.
        platform: Its system and processor.
        machine: The engine's.
        version: Its version label; None where it has none.
        layers: How many layers it has.
    """

    reference: str
    published: str
    origin: str
    why: str
    platform: str
    machine: str
    version: str | None
    layers: int


class ImageFacts(Facts):
    """Both images: layers bottom first, sizes in bytes, uncompressed."""

    base_layers: tuple[str, ...]
    dev_layers: tuple[str, ...]
    base_bytes: int
    dev_bytes: int


def observe_base(project: Project, engine: Engine, base: BaseImage) -> BaseFacts:
    """Inspect the base image."""
    settings, found = project.config.image, _known(engine, base.image_id)
    return BaseFacts(
        reference=base.reference,
        published=settings.published,
        origin=base.origin,
        why=base.why,
        platform=found.platform,
        machine=images.platform(engine),
        version=found.labels.get(settings.version_label),
        layers=len(found.layers),
    )


def observe(engine: Engine, base: BaseImage, dev: DevImage) -> ImageFacts:
    """Inspect both images."""
    below, above = _known(engine, base.image_id), _known(engine, dev.image_id)
    return ImageFacts(
        base_layers=below.layers,
        dev_layers=above.layers,
        base_bytes=below.size,
        dev_bytes=above.size,
    )


def _known(engine: Engine, image: str) -> images.ImageFacts:
    found = images.inspect(engine, image)
    if found is None:
        raise UnobservableError(f"the image {image} was removed meanwhile")
    return found
