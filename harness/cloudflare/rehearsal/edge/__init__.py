"""What serves requests in a rehearsal: the contract between the loopback API and its edge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["ContainerApp", "Edge", "EdgeError", "Live", "Module", "UploadedVersion"]


class EdgeError(Exception):
    """The edge cannot do what it was asked; the message says why."""


@dataclass(frozen=True)
class Module:
    """One part of an uploaded Worker.

    Attributes:
        name: Its name, by which others import it.
        content: Its bytes, as they were uploaded.
        content_type: As the upload says it: `application/javascript+module`, `text/plain`, ….
    """

    name: str
    content: bytes
    content_type: str = "application/javascript+module"


@dataclass(frozen=True)
class UploadedVersion:
    """A version of a Worker, as the API took it.

    Attributes:
        id: The version's id.
        main: The name of the module that is the entry.
        modules: All of them.
        bindings: As the upload's metadata lists them, with inherited ones and secrets filled in:
            `{"type": "secret_text", "name": …, "text": …}` and so on.
        compatibility_date: The runtime's behaviour that it was written for, YYYY-MM-DD.
        compatibility_flags: Changes to that.
    """

    id: str
    main: str
    modules: tuple[Module, ...]
    bindings: tuple[Mapping[str, Any], ...] = ()
    compatibility_date: str = "2026-01-01"
    compatibility_flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContainerApp:
    """The container application of a Worker.

    Attributes:
        name: Its name.
        class_name: The Durable Object class that starts it.
        image: What it runs, by digest: `HOST/ACCOUNT/NAME@sha256:…`, or a name on the engine.
        credentials: User and password for pulling it; None if it needs none or is there already.
        memory: What one instance has, bytes.
    """

    name: str
    class_name: str
    image: str
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    memory: int = 4 * 2**30


Live = Sequence[tuple[UploadedVersion, float]]
"""The versions of a deployment, each with its share of the requests in percent."""


class Edge(Protocol):
    """Where Workers are served: one that executes them, or one that only keeps the books."""

    async def check(self, version: UploadedVersion) -> str:
        """Return why a version does not start (Cloudflare's error 10021), empty if it does."""

    async def apply(self, worker: str, live: Live, container: ContainerApp | None) -> None:
        """Serve these versions from now on; a container whose image changed is ended.

        A version at 0 % is reached by the header `Cloudflare-Workers-Version-Overrides` only.

        Raises:
            EdgeError: It cannot; what was served before goes on.
        """

    async def stop(self) -> None:
        """Serve nothing any more, and leave nothing behind."""

    def url(self, worker: str) -> str:
        """Return where a Worker is served: `http://127.0.0.1:PORT`, the same for good.

        Raises:
            EdgeError: There is no such Worker.
        """
