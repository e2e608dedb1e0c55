"""A real registry on a loopback port, and what tests put into it."""

import io
import json
import socket
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import yaml

from harness.docker.images import inspect
from harness.engine import packages
from harness.engine.model import Engine
from harness.poll import until

VERSION_LABEL = "org.opencontainers.image.version"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
def local_registry(place: Path, engine: Engine) -> Iterator[Registry]:
    """Run Debian's registry, unpacked and not installed, on a free loopback port."""
    unpacked = packages.unpacked({"trixie": ["docker-registry"]})
    port = free_port()
    settings = {
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": str(place / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    (place / "config.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    program = [str(unpacked / "usr/bin/docker-registry"), "serve", str(place / "config.yml")]
    with (place / "log").open("w") as output:
        child = subprocess.Popen(program, stdout=output, stderr=output)
    registry = Registry(f"127.0.0.1:{port}", engine)
    try:
        until(lambda: _answers(registry.host), seconds=120, what="the registry answers")
        yield registry
    finally:
        child.terminate()
        child.wait(timeout=10)
        registry.forget_pulled()


def _answers(host: str) -> bool:
    try:
        return httpx.get(f"http://{host}/v2/").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
