"""Take what a registry, or a process, that is gone left on an engine."""

import socket
from collections.abc import Callable
from contextlib import suppress

from docker.errors import APIError, ImageNotFound

from harness import names
from harness.docker.images import HOST, images_of
from harness.engine.model import Engine
from harness.owner import Owner

__all__ = ["forget", "forget_owned"]


def forget(engine: Engine, registry: str) -> None:
    """Take the names of a registry that is gone from the engine, and what had no other name."""
    for image in images_of(engine):
        names = [*(image.attrs["RepoTags"] or ()), *(image.attrs["RepoDigests"] or ())]
        for name in names:
            if name.startswith(registry):
                with suppress(ImageNotFound):  # it went with another name of the same image
                    engine.client.images.remove(name, force=True)


def forget_owned(engine: Engine, gone: Callable[[Owner], bool]) -> int:
    """Remove images that belong to a process of this machine, under all their names.

    Args:
        engine: Where they are.
        gone: Whether what belongs to a process is to go.

    Returns:
        How many.
    """
    found = images_of(engine, names.OWNER, f"{HOST}={socket.gethostname()}")
    left = [it for it in found if gone(Owner.parse(it.labels[names.OWNER]))]
    return sum(_removed(engine, str(image.id)) for image in left)


def _removed(engine: Engine, image: str) -> bool:
    try:
        engine.client.images.remove(image, force=True)
    except APIError:  # a container needs it, or somebody else removes it just now
        return False
    return True
