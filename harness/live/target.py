"""What is attached to: a checkout's container on its engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from harness.docker.ended import how_it_ended
from harness.docker.stack import Stack
from harness.errors import StackError
from harness.project import Project

__all__ = ["Condition", "StackTarget", "Target", "WentError"]

_AGAIN = "start it again with `make dev`"


class WentError(StackError):
    """The stack was stopped."""


class Condition(Enum):
    """How the engine sees the container."""

    UP = "up"
    COMING = "starting"
    DOWN = "down"


class Target(Protocol):
    """What the live view needs to know of a stack."""

    @property
    def project(self) -> Project:
        """The checkout."""

    @property
    def health_url(self) -> str:
        """Where port 3000 of the container answers."""

    @property
    def gateway_url(self) -> str:
        """Where the gateway answers."""

    def look(self) -> Condition:
        """Find the container again.

        Raises:
            WentError: There is none any more.
            docker.errors.DockerException, requests.RequestException: The engine does not answer.
        """

    def why_down(self) -> str:
        """Say how the container ended."""

    def restart(self) -> None:
        """Start the whole container again.

        Raises:
            StackError: The engine refuses it.
        """

    def log_command(self) -> tuple[Sequence[str], Mapping[str, str]]:
        """Return the program, and its variables, that follows the container's log from now on."""

    def mounted(self) -> list[Path]:
        """Return the checkout's directories that the container sees."""


@dataclass
class StackTarget:
    """A checkout's stack.

    Attributes:
        stack: It, as it was found last.
    """

    stack: Stack

    @property
    def project(self) -> Project:
        """The checkout."""
        return self.stack.project

    @property
    def health_url(self) -> str:
        """Where port 3000 of the container answers."""
        return self.stack.health_url

    @property
    def gateway_url(self) -> str:
        """Where the gateway answers."""
        return self.stack.gateway_url

    def look(self) -> Condition:
        """Find the container again; see `Target.look`."""
        found = Stack.find(self.project, self.stack.engine)
        if found:
            self.stack = found
            return Condition.UP
        try:
            state = self.stack.container.attrs["State"]
        except StackError as error:
            raise WentError("the stack was stopped", _AGAIN) from error
        coming = state["Restarting"] or state["Status"] in {"created", "running"}
        return Condition.COMING if coming else Condition.DOWN

    def why_down(self) -> str:
        """Say how the container ended."""
        return how_it_ended(self.stack.container)

    def restart(self) -> None:
        """Start the whole container again; see `Target.restart`."""
        self.stack.compose.restart(self.project.config.compose.service)

    def log_command(self) -> tuple[Sequence[str], Mapping[str, str]]:
        """Return the program, and its variables, that follows the container's log from now on."""
        engine = self.stack.engine
        words = [str(engine.program), "logs", "--follow", "--tail", "0"]
        return [*words, str(self.stack.container.id)], engine.variables

    def mounted(self) -> list[Path]:
        """Return the checkout's directories that the container sees; the layer at least."""
        service = self.stack.model()["services"][self.project.config.compose.service]
        binds = [it for it in service.get("volumes") or [] if it.get("type") == "bind"]
        sources = {self.project.layer, *(Path(it["source"]) for it in binds)}
        return sorted(it for it in sources if it.is_relative_to(self.project.root) and it.is_dir())
