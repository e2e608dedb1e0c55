"""What the engine knows about an image, and what of ours it may forget."""

import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from docker.errors import APIError, ImageNotFound, NotFound
from docker.models.images import Image

from harness.engine.model import Engine
from harness.errors import ImageError

__all__ = [
    "CHECKOUT",
    "HOST",
    "INPUTS",
    "KIND",
    "ImageFacts",
    "added_bytes",
    "images_of",
    "inspect",
    "platform",
    "remove",
    "remove_orphans",
]

CHECKOUT = "loa-harness.image.checkout"
"""Label: the checkout that an image was first built for."""

HOST = "loa-harness.image.host"
"""Label: the machine that the checkout is on; engines can be shared, directories cannot."""

INPUTS = "loa-harness.image.inputs"
"""Label: the digest of everything that an image was built from."""

KIND = "loa-harness.image.kind"
"""Label: what the image is, `core` or `dev`."""

_RECENT_SECONDS = 3600


@dataclass(frozen=True)
class ImageFacts:
    """An image as its engine describes it.

    Attributes:
        id: Its content's digest on this engine.
        platform: `linux/amd64` and the like, without a variant.
        labels: Its labels.
        layers: The digests of its uncompressed layers, the base's first.
        size: Bytes of all layers, uncompressed.
        digests: Its names by digest in registries, `name@sha256:…`.
    """

    id: str
    platform: str
    labels: dict[str, str]
    layers: tuple[str, ...]
    size: int
    digests: tuple[str, ...]

    @classmethod
    def of(cls, attributes: dict[str, Any]) -> "ImageFacts":
        """Read what the engine's inspect call answers."""
        return cls(
            id=attributes["Id"],
            platform=f"{attributes['Os']}/{attributes['Architecture']}",
            labels=(attributes.get("Config") or {}).get("Labels") or {},
            layers=tuple(attributes["RootFS"].get("Layers") or ()),
            size=attributes["Size"],
            digests=tuple(attributes.get("RepoDigests") or ()),
        )

    def has_digest(self, digest: str) -> bool:
        """Whether a registry has it under that digest."""
        return any(name.endswith(f"@{digest}") for name in self.digests)


def platform(engine: Engine) -> str:
    """Return what the engine runs without emulation: `linux/amd64` and the like."""
    version = engine.client.version()
    return f"{version['Os']}/{version['Arch']}"


def inspect(engine: Engine, reference: str) -> ImageFacts | None:
    """Return what the engine knows about an image, or None if it has none of that name."""
    try:
        return ImageFacts.of(engine.client.images.get(reference).attrs)
    except ImageNotFound:
        return None


def added_bytes(base: ImageFacts, image: ImageFacts) -> int:
    """Return how many bytes an image's own layers have, uncompressed.

    Raises:
        ImageError: The image does not stand on that base.
    """
    if image.layers[: len(base.layers)] != base.layers:
        raise ImageError(
            f"the first layers of {image.id[:19]} are not those of {base.id[:19]}",
            "it stands on another base; build it again",
        )
    return image.size - base.size


def images_of(engine: Engine, *labels: str) -> list[Image]:
    """Return the images that have all these labels, of all images without any.

    The client's own list asks of each by itself, and refuses where one was removed meanwhile.

    Args:
        engine: Where they are.
        labels: Names of labels, or `NAME=VALUE`.
    """
    found = []
    for listed in engine.client.api.images(filters={"label": list(labels)} if labels else None):
        with suppress(ImageNotFound):
            found.append(engine.client.images.get(listed["Id"]))
    return found


def remove(engine: Engine, checkout: str, replaced_by: ImageFacts | None = None) -> list[str]:
    """Remove the images that were built for a checkout, as far as nothing uses them.

    Args:
        engine: The engine to clear.
        checkout: The checkout's directory, as the label has it.
        replaced_by: Remove only what this image replaces: older ones of its kind.

    Returns:
        The names or ids of the removed images.
    """
    labels = [f"{CHECKOUT}={checkout}"]
    labels += [f"{KIND}={replaced_by.labels.get(KIND, '')}"] if replaced_by else []
    found = images_of(engine, *labels)
    others = [image for image in found if replaced_by is None or image.id != replaced_by.id]
    names = [name for image in others for name in image.tags or [str(image.id)]]
    return [name for name in names if _remove(engine, name)]


def remove_orphans(engine: Engine) -> list[str]:
    """Remove the images of this machine's checkouts that are no longer there, if nothing uses them.

    Those named within the last hour stay: another checkout may be about to use one.

    Returns:
        The names or ids of the removed images.
    """
    names = []
    for image in images_of(engine, CHECKOUT, f"{HOST}={socket.gethostname()}"):
        recent = time.time() - _named_at(image.attrs) < _RECENT_SECONDS
        if not recent and not Path(image.labels[CHECKOUT]).exists():
            names += image.tags or [str(image.id)]
    return [name for name in names if _remove(engine, name)]


def _named_at(attributes: dict[str, Any]) -> float:
    text = (attributes.get("Metadata") or {}).get("LastTagTime", "")
    try:
        # The engine writes nanoseconds, which Python does not read.
        return datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", text)).timestamp()
    except (ValueError, OverflowError):
        return time.time()


def _remove(engine: Engine, name: str) -> bool:
    try:
        # The engine refuses while a container, even a stopped one, or another image needs it.
        engine.client.images.remove(name)
    except (APIError, NotFound):
        return False
    return True
