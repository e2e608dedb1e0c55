"""The API as an application: routing, permissions, faults and the record of calls."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from harness.cloudflare.rehearsal import (
    assets,
    buckets,
    containers,
    refusals,
    rollouts,
    secret_values,
    settings,
    versions,
)
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.cloud import Cloud
from harness.cloudflare.rehearsal.edge import EdgeError
from harness.cloudflare.rehearsal.envelope import refused, wrapped
from harness.cloudflare.rehearsal.identity import admit
from harness.cloudflare.rehearsal.marks import ROUTES, Route

__all__ = ["BASE", "ROUTES", "UNKNOWN", "application"]

BASE = "/client/v4"
UNKNOWN = "rehearsal.unknown"
"""Set in the scope of a request that no route is there for."""

# They register their routes when they are imported.
_MODULES = (assets, buckets, containers, rollouts, secret_values, settings, versions)

Endpoint = Callable[[Request], Awaitable[Response]]


def application(cloud: Cloud, changed: Callable[[], None]) -> Starlette:
    """Return the API of an account.

    Args:
        cloud: What it works on; one call at a time.
        changed: Called after each call that may have changed something.
    """
    one_at_a_time = asyncio.Lock()

    def endpoint(asked: Route) -> Endpoint:
        async def answer(request: Request) -> Response:
            async with one_at_a_time:
                try:
                    ask = Ask(request, cloud)
                    admit(ask, asked)
                    return wrapped(await asked.handler(ask))
                except refusals.RefusedError as error:
                    return refused(error)
                except EdgeError as error:
                    return refused(refusals.INTERNAL.because(error))
                finally:
                    if asked.method != "GET":
                        changed()

        return answer

    # The same path with another method is another route, so that 405 is never answered.
    known = [
        StarletteRoute(BASE + each.path, endpoint(each), methods=[each.method]) for each in ROUTES
    ]
    return Starlette(routes=[*known, StarletteRoute("/{path:path}", _unknown, methods=_METHODS)])


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


async def _unknown(request: Request) -> Response:
    request.scope[UNKNOWN] = True
    return refused(refusals.NO_ROUTE.because(request.url.path.removeprefix(BASE)))
