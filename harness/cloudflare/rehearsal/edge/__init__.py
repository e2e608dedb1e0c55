"""What serves the Workers of the loopback Cloudflare: one interface, more than one edge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

__all__ = [
    "Checking",
    "ContainerApp",
    "Edge",
    "EdgeError",
    "Module",
    "Share",
    "StartupFailedError",
    "Uploaded",
]


class Module(Protocol):
    """One file of an upload."""

    @property
    def name(self) -> str:
        """By which others import it."""

    @property
    def content_type(self) -> str:
        """As the upload says it: `application/javascript+module` and so on."""

    @property
    def content(self) -> bytes:
        """Its bytes, as they were uploaded."""


class Uploaded(Protocol):
    """What an edge reads of an uploaded version."""

    @property
    def id(self) -> str:
        """What the version metadata binding tells the Worker."""

    @property
    def main_module(self) -> str:
        """The name of the module that is the entry."""

    @property
    def modules(self) -> Sequence[Module]:
        """All files."""

    @property
    def bindings(self) -> Sequence[Mapping[str, Any]]:
        """As in the upload's metadata, with what it inherited; secrets are not in it."""

    @property
    def secrets(self) -> Mapping[str, str]:
        """Secret values by binding."""

    @property
    def compatibility_date(self) -> str:
        """Which behaviour of the runtime it was written for, YYYY-MM-DD."""

    @property
    def compatibility_flags(self) -> Sequence[str]:
        """Changes to that."""


Share = tuple[Uploaded, float]
"""A version that is part of the live deployment, and its share of the requests, 0 to 100."""


@dataclass(frozen=True)
class ContainerApp:
    """The container behind a Worker as it is to serve now.

    Attributes:
        name: Of the container application.
        image: The reference, by digest, of the image that instances run now. It differs from what
            the API reports while a rollout goes on, or one that lies.
        class_name: The Durable Object class that starts it.
        instance_type: For example `standard-1`.
        starts_in: Seconds that an instance takes to start on top of what it takes anyway.
    """

    name: str
    image: str
    class_name: str
    instance_type: str
    starts_in: float = 0.0


class Edge(Protocol):
    """Serves the live versions of every Worker."""

    async def apply(
        self, worker: str, live: Sequence[Share], containers: ContainerApp | None
    ) -> None:
        """Serve this from now on; it returns when that is so.

        It is called with what is there already too, and then changes nothing, and without any
        version once the Worker is removed. A version at 0 % is
        reached by the header `Cloudflare-Workers-Version-Overrides` only. A container whose image
        changed is ended; the next request starts it anew.

        Raises:
            EdgeError: It cannot.
        """

    def url(self, worker: str) -> str:
        """Return the address of a Worker, without a slash at its end, deployed yet or not."""

    async def stop(self) -> None:
        """End everything that it started."""


class EdgeError(Exception):
    """The edge cannot serve what it was given; the message says why."""


class StartupFailedError(Exception):
    """A version does not start; its words are those that the uploader gets to read."""


@runtime_checkable
class Checking(Protocol):
    """An edge that can start a version before it is accepted, as Cloudflare does at the upload."""

    async def check(self, version: Uploaded) -> None:
        """Start a version aside.

        Raises:
            StartupFailedError: It threw while it was loaded.
        """
