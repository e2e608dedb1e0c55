"""What has to be linked for a stack that is not on this machine, as the labels of it say."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from docker.models.containers import Container

from harness import names
from harness.docker.elsewhere import forwarded, synced
from harness.docker.stack import Stack
from harness.owner import Owner

__all__ = ["Plan"]

_LIMITS = (
    # It writes for whoever owns the checkout, and needs nothing else of what root may do.
    *("--user", "0:0", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
    *("--cap-add", "CHOWN", "--cap-add", "DAC_OVERRIDE", "--cap-add", "FOWNER"),
    *("--read-only", "--memory", "512m", "--no-healthcheck"),
    # What is said over its standard streams is not for a log.
    *("--log-driver", "none"),
)


@dataclass(frozen=True)
class Plan:
    """One stack's link.

    Attributes:
        stack: It.
        ports: Ports of its container by those of 127.0.0.1 here that shall lead there.
        directories: The checkout's synced directories by where they are in the container.
        host: The machine that the stack was started from.
    """

    stack: Stack
    ports: dict[int, int]
    directories: dict[str, str]
    host: str

    @classmethod
    def of(cls, stack: Stack) -> "Plan | None":
        """Return what is to be linked, or None for a stack on this machine.

        Raises:
            StackError: The stack is gone.
        """
        labels = stack.container.labels
        ports, directories = forwarded(labels), synced(labels)
        if not ports and not directories:
            return None
        return cls(stack, ports, directories, labels.get(names.HOST, ""))

    @cached_property
    def engine_id(self) -> str:
        """What tells the engine from others, wherever it is reached."""
        return str(self.stack.engine.client.info().get("ID", ""))

    def describe(self) -> dict[str, Any]:
        """Return what the near end is told.

        Raises:
            StackError: The stack is gone.
        """
        container = self.stack.container
        network = next(iter(container.attrs["NetworkSettings"]["Networks"]))
        return {
            "root": str(self.stack.project.root),
            "directories": self.directories,
            "host": "127.0.0.1" if network == "host" else self._service,
            "ports": self.ports,
            "command": self._command(container, network),
        }

    @property
    def _service(self) -> str:
        return self.stack.project.config.compose.service

    def _command(self, container: Container, network: str) -> list[str]:
        """Return what runs Node for the far end: beside the container, with the same volumes.

        It is not in it, where a restart would end it, what is read-only could not be written, and
        its memory would count as the gateway's.
        """
        program = [str(self.stack.engine.program), "run", "--rm", "--interactive"]
        image = ["--pull", "never", "--entrypoint", "node", str(container.attrs["Image"])]
        return [
            *program,
            *_LIMITS,
            *("--network", network),
            *self._volumes(container),
            f"--env=LOA_TARGETS={json.dumps(list(self.directories))}",
            f"--env=LOA_OWNER={container.attrs['Config']['User']}",
            *(f"--label={name}={value}" for name, value in self._labels(container).items()),
            *image,
        ]

    def _volumes(self, container: Container) -> list[str]:
        names_there = {it["Destination"]: it.get("Name", "") for it in container.attrs["Mounts"]}
        return [f"--mount=type=volume,src={names_there[it]},dst={it}" for it in self.directories]

    def _labels(self, container: Container) -> dict[str, str]:
        labels = container.labels
        return {
            names.LINK: self.stack.project.slug,
            names.CHECKOUT: labels[names.CHECKOUT],
            names.KIND: labels[names.KIND],
            names.HOST: labels[names.HOST],
            names.OWNER: str(Owner.me()),
        }
