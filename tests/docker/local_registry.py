"""A real registry on a loopback port, and what tests put into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.docker import loopback_registry
from harness.docker.images import inspect
from harness.engine.model import Engine
from harness.fixtures import small_images

VERSION_LABEL = "org.opencontainers.image.version"


@dataclass
class Registry:
    """A registry, and what it was given.

    Attributes:
        host: Its name in image references.
        engine: The engine that pushes to it.
    """

    host: str
    engine: Engine
    pushed: list[str] = field(default_factory=list)

    def push(self, name: str, *, content: str = "x", label: str = "1.0") -> str:
        """Push a small image, keep none of it on the engine, and return its name."""
        reference = f"{self.host}/{name}"
        labels = {VERSION_LABEL: label} if label else {}
        small_images.publish(self.engine, reference, labels, content=content)
        self.pushed.append(reference)
        return reference

    def forget_pulled(self) -> None:
        """Remove what was pulled from here."""
        for reference in self.pushed:
            if inspect(self.engine, reference):
                self.engine.client.images.remove(reference, force=True)


@contextmanager
def local_registry(engine: Engine) -> Iterator[Registry]:
    """Run a registry, and remove in the end what the engine pulled from it."""
    with loopback_registry.registry() as served:
        registry = Registry(served.host, engine)
        try:
            yield registry
        finally:
            registry.forget_pulled()
