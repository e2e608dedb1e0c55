"""What takes the place of mounts and published ports on an engine that is not on this machine.

Labels of the container say it, so that any later command knows how to get at it.
"""

import json
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import names
from harness.engine.reach import Reach
from harness.errors import StackError
from harness.project import Project

__all__ = ["Elsewhere", "forwarded", "synced"]


@dataclass(frozen=True)
class Elsewhere:
    """How a service differs from one on this machine.

    Attributes:
        ports: What is published.
        volumes: All that is mounted; None for what the compose file says.
        names: Volumes that are added.
        labels: Labels that are added to the container.
    """

    ports: Sequence[str]
    volumes: Sequence[Mapping[str, Any]] | None = None
    names: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, project: Project, service: Mapping[str, Any], published: Sequence[str], reach: Reach
    ) -> "Elsewhere":
        """Decide it.

        Args:
            project: The checkout.
            service: The service in its compose model.
            published: What would be published here, as `127.0.0.1:HERE:THERE`.
            reach: How near the engine is.

        Raises:
            StackError: A single file would be mounted, for which there are no volumes.
        """
        labels, volumes, added = {}, None, []
        if not reach.ports:
            pairs = (port.removeprefix("127.0.0.1:") for port in published)
            labels[names.FORWARDED] = " ".join(pairs)
        if not reach.files:
            mounts = service.get("volumes") or ()
            copied = {it["target"]: where for it in mounts if (where := _directory(project, it))}
            volumes = [_volume(it) if it["target"] in copied else it for it in mounts]
            added = [_name(target) for target in copied]
            labels[names.SYNCED] = json.dumps(copied)
        if labels:
            labels[names.HOST] = socket.gethostname()
        return cls(published if reach.ports else (), volumes, added, labels)


def forwarded(labels: Mapping[str, str]) -> dict[int, int]:
    """Return the container's ports by the ports here that lead to them."""
    pairs = (pair.split(":") for pair in labels.get(names.FORWARDED, "").split())
    return {int(here): int(there) for here, there in pairs}


def synced(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the checkout's synced directories by where they are in the container."""
    return dict(json.loads(labels.get(names.SYNCED, "{}")))


def _directory(project: Project, mount: Mapping[str, Any]) -> str | None:
    """Return the checkout's directory that is mounted, relative to it; None for anything else."""
    source = Path(str(mount.get("source", "")))
    if mount.get("type") != "bind" or not source.is_relative_to(project.root):
        return None
    directory = str(source.relative_to(project.root))
    if not source.is_dir():
        there = source.exists()
        problem = "is a file, and only directories can" if there else "is missing, and cannot"
        raise StackError(
            f"{directory} {problem} be copied to an engine on another machine",
            f"mend the volumes in {project.config.compose.file}",
        )
    return directory


def _volume(mount: Mapping[str, Any]) -> dict[str, Any]:
    target = mount["target"]
    read_only = bool(mount.get("read_only"))
    return {"type": "volume", "source": _name(target), "target": target, "read_only": read_only}


def _name(target: str) -> str:
    return f"source{re.sub(r'[^a-zA-Z0-9._-]', '_', target)}"
