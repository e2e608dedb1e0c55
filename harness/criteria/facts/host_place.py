"""Where the paths of a container are on the machine that it runs on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from docker.models.containers import Container

__all__ = ["Mounted", "holding", "mounts_of"]


@dataclass(frozen=True)
class Mounted:
    """One mount of a container.

    Attributes:
        target: Where it is in the container.
        source: The directory or file of the host that it shows; None where the engine keeps it.
        writable: Whether it is mounted for writing.
    """

    target: PurePosixPath
    source: Path | None
    writable: bool

    def on_host(self, path: PurePosixPath) -> Path | None:
        """Return where a path below the target is on the host; None where the engine keeps it."""
        return self.source / path.relative_to(self.target) if self.source else None


def mounts_of(container: Container) -> list[Mounted]:
    """Return all mounts of a container, volumes that are bound to a directory included."""
    return [
        Mounted(PurePosixPath(it["Destination"]), _source(container, it), bool(it.get("RW", True)))
        for it in container.attrs["Mounts"]
    ]


def holding(mounts: Sequence[Mounted], path: PurePosixPath) -> Mounted | None:
    """Return the mount that a path of the container lies in; None where it is the container's."""
    found = [it for it in mounts if path.is_relative_to(it.target)]
    return max(found, key=lambda it: len(it.target.parts), default=None)


def _source(container: Container, mount: dict[str, Any]) -> Path | None:
    if mount["Type"] == "bind":
        return Path(mount["Source"]).resolve()
    if mount["Type"] != "volume" or container.client is None:
        return None
    options = container.client.volumes.get(mount["Name"]).attrs.get("Options") or {}
    bound = "bind" in str(options.get("o", "")).split(",")
    return Path(options["device"]).resolve() if bound and "device" in options else None
