"""Where each answer of the loopback Cloudflare comes from, and the list of all its routes.

No answer was checked against real Cloudflare; the mark says how far each can be trusted.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.cloudflare.rehearsal.ask import Ask

__all__ = ["OBJECTS", "ROUTES", "Handler", "Mark", "Permission", "Route", "route"]


class Mark(StrEnum):
    """Where an answer comes from."""

    MEASURED = "measured"
    """The real wrangler asks it and goes on as it should with this answer."""

    DOCUMENTED = "documented"
    """Cloudflare's documents, its own clients' sources or its issue tracker say so."""

    INVENTED = "invented"
    """Nothing says so; it is the least favourable answer that makes sense."""


class Permission(StrEnum):
    """What a token must be allowed for a route, in the words of Cloudflare's dashboard."""

    NONE = "any valid token"
    ACCOUNT = "Account Settings: Read"
    WORKERS = "Workers Scripts: Edit"
    R2 = "Workers R2 Storage: Edit"
    CONTAINERS = "Containers: Edit"
    SESSION = "the upload session's own token"


Handler = Callable[["Ask"], Awaitable[object]]


@dataclass(frozen=True)
class Route:
    """One route of the API: who may call it, what it answers, and where that is from."""

    method: str
    path: str
    mark: Mark
    needs: Permission
    says: str
    handler: Handler


ROUTES: list[Route] = []
"""Every route of the account's API, in the order in which the modules define them."""

OBJECTS: list[Route] = []
"""Every route of R2's S3 side."""


def route(  # noqa: PLR0913 -- one argument per column of the document
    method: str,
    path: str,
    mark: Mark,
    needs: Permission,
    says: str,
    *,
    into: list[Route] = ROUTES,
) -> Callable[[Handler], Handler]:
    """Register a handler.

    Args:
        method: The HTTP method.
        path: Below `/client/v4`, with `{names}` for what varies.
        mark: Where the answer comes from.
        needs: The permission without which it is refused.
        says: What it answers, in a few words, for the document.
        into: The list of routes that it belongs to.
    """

    def register(handler: Handler) -> Handler:
        into.append(Route(method, path, mark, needs, says, handler))
        return handler

    return register
