"""What a checkout's environment has on the engine, whoever started it and under what name."""

import socket
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
from docker.models.containers import Container
from docker.models.networks import Network

from harness.criteria.facts.port import GATEWAY_PORT, HEALTH_PORT
from harness.docker.volumes import remove_volumes, volume_names
from harness.engine.model import Engine
from harness.names import COMPOSE_PROJECT
from harness.project import Project

__all__ = ["Footprint"]

_DIRECTORY = f"{COMPOSE_PROJECT}.working_dir"
_SERVICE = "com.docker.compose.service"


@dataclass(frozen=True)
class Footprint:
    """The containers, networks and volumes of a checkout's compose project.

    Attributes:
        project: The checkout.
        engine: The engine that it runs on.
    """

    project: Project
    engine: Engine

    def containers(self) -> list[Container]:
        """Return its containers, running or not."""
        # Others come and go on the same engine while this one looks.
        found = self.engine.client.containers.list(
            all=True, filters={"label": _DIRECTORY}, ignore_removed=True
        )
        # compose's directory is the one of its file, which may lie below the checkout's.
        ours = [it for it in found if Path(it.labels[_DIRECTORY]).is_relative_to(self.project.root)]
        return [it for it in ours if it.labels.get("com.docker.compose.oneoff") != "True"]

    def container(self) -> Container | None:
        """Return the gateway's container; None where none that publishes a port runs."""
        running = [it for it in self.containers() if it.status == "running"]
        publishing = [it for it in running if _host_ports(it)]
        # Others of the project may publish ports too, and the engine lists the newest first.
        return max(publishing, key=self._likeness, default=None)

    def _likeness(self, container: Container) -> tuple[int, bool]:
        """Return how much is the gateway's: its ports, then its service."""
        ports = _host_ports(container).keys() & {HEALTH_PORT, GATEWAY_PORT}
        service = self.project.config.compose.service
        return len(ports), container.labels.get(_SERVICE) == service

    @cached_property
    def name(self) -> str:
        """The compose project's name; ask while it is up."""
        containers = self.containers()
        return str(containers[0].labels[COMPOSE_PROJECT]) if containers else self.project.slug

    def networks(self) -> list[str]:
        """Return the names of its networks."""
        return sorted(str(it.name) for it in self._networks(self.name))

    def volumes(self) -> list[str]:
        """Return the names of its volumes."""
        return volume_names(self.engine, self.name)

    def host_ports(self) -> dict[int, int]:
        """Return the ports of the host by those of the container."""
        container = self.container()
        return _host_ports(container) if container else {}

    def is_healthy(self) -> bool:
        """Whether its port 3000 says that the gateway serves."""
        port = self.host_ports().get(HEALTH_PORT)
        url = f"http://127.0.0.1:{port}/health"
        try:
            return bool(port and httpx.get(url, timeout=5, trust_env=False).is_success)
        except httpx.HTTPError:
            return False

    def remove(self) -> None:
        """Remove all of it, whatever state it is in."""
        name = self.name
        for container in self.containers():
            container.remove(force=True, v=True)
        for network in self._networks(name):
            network.remove()
        remove_volumes(self.engine, name)

    def _networks(self, name: str) -> list[Network]:
        label = f"{COMPOSE_PROJECT}={name}"
        return list(self.engine.client.networks.list(filters={"label": label}))

    @staticmethod
    def is_open(port: int) -> bool:
        """Whether something listens on a port of 127.0.0.1."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            return False


def _host_ports(container: Container) -> dict[int, int]:
    published = container.attrs["NetworkSettings"]["Ports"] or {}
    return {
        int(name.partition("/")[0]): int(bindings[0]["HostPort"])
        for name, bindings in published.items()
        if bindings
    }
