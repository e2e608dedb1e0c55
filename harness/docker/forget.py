"""Take what a registry that is gone left on an engine."""

from contextlib import suppress

from docker.errors import ImageNotFound

from harness.engine.model import Engine

__all__ = ["forget"]


def forget(engine: Engine, registry: str) -> None:
    """Take the names of a registry that is gone from the engine, and what had no other name."""
    for image in engine.client.images.list():
        names = [*(image.attrs["RepoTags"] or ()), *(image.attrs["RepoDigests"] or ())]
        for name in names:
            if name.startswith(registry):
                with suppress(ImageNotFound):  # it went with another name of the same image
                    engine.client.images.remove(name, force=True)
