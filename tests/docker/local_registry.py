"""A real registry on a loopback port, and what tests put into it."""

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from harness.docker import loopback_registry
from harness.docker.images import inspect
from harness.engine.model import Engine

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
        repository, tag = reference.rsplit(":", 1)
        self.engine.client.api.import_image_from_data(
            archive_of(content),
            repository=repository,
            tag=tag,
            changes=[f"LABEL {VERSION_LABEL}={label}"] if label else [],
        )
        for line in self.engine.client.api.push(reference, stream=True, decode=True):
            assert "error" not in line, line
        self.pushed.append(reference)
        self.engine.client.images.remove(reference)
        return reference

    def claim_platform(self, reference: str, architecture: str) -> None:
        """Put an index in place of an image that says it is for another processor."""
        repository, tag = reference.removeprefix(f"{self.host}/").rsplit(":", 1)
        at = f"http://{self.host}/v2/{repository}/manifests"
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        manifest = httpx.get(f"{at}/{tag}", headers={"Accept": kind})
        index = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.list.v2+json",
            "manifests": [
                {
                    "mediaType": kind,
                    "size": len(manifest.content),
                    "digest": manifest.headers["Docker-Content-Digest"],
                    "platform": {"os": "linux", "architecture": architecture},
                }
            ],
        }
        headers = {"Content-Type": str(index["mediaType"])}
        httpx.put(f"{at}/{tag}", content=json.dumps(index), headers=headers).raise_for_status()

    def forget_pulled(self) -> None:
        """Remove what was pulled from here."""
        for reference in self.pushed:
            if inspect(self.engine, reference):
                self.engine.client.images.remove(reference, force=True)


def archive_of(content: str) -> bytes:
    data, buffer = content.encode(), io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("content")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


@contextmanager
def local_registry(engine: Engine) -> Iterator[Registry]:
    """Run a registry, and remove in the end what the engine pulled from it."""
    with loopback_registry.registry() as served:
        registry = Registry(served.host, engine)
        try:
            yield registry
        finally:
            registry.forget_pulled()
