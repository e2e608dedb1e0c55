"""A Docker engine that answers, and the client programs that talk to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import docker

from harness.engine.ping import connect

__all__ = ["Engine"]


@dataclass(frozen=True)
class Engine:
    """An engine that answered.

    Attributes:
        host: Its address, as DOCKER_HOST takes it.
        origin: How it was found, for people: "DOCKER_HOST", "context colima", "started by harness".
        version: Its version.
        program: The `docker` client program to use with it; it has compose and buildx.
        variables: Environment variables that client programs need to reach it (DOCKER_HOST, and
            DOCKER_CONFIG where compose and buildx are not among the user's own plugins).
        rootless: Whether root in its containers is the user who runs it.
        own: Whether the harness started it.
    """

    host: str
    origin: str
    version: str
    program: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    rootless: bool = False
    own: bool = False

    @cached_property
    def client(self) -> docker.DockerClient:
        """The SDK's client, for inspect, events and stats."""
        return self.connected(60)

    def connected(self, seconds: int) -> docker.DockerClient:
        """Return another client of the SDK's, to be closed, for calls that may take so long.

        Raises:
            docker.errors.DockerException: The engine does not answer.
        """
        return connect({**self.variables, "DOCKER_HOST": self.host}, timeout=seconds)
