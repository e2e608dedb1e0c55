"""Load the layer again, and wait for how that ends."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import httpx

from harness.choices import reload_limit
from harness.errors import StackError
from harness.health import error_of
from harness.live.client import Reloader
from harness.live.target import Target
from harness.live.threads import in_thread
from harness.poll import PollTimeoutError, eventually

__all__ = ["load_again", "start_again"]

_CAUSE = "restart"
# For what is not a load: a busy machine, a gateway that is started because none is warm.
_BESIDES = 40.0
# A whole container, with a gateway that nothing has warmed.
_CONTAINER_DEADLINE = 120.0


async def load_again(target: Target, on_silent: Callable[[], None]) -> dict[str, Any]:
    """Have the layer loaded again though nothing has changed.

    Args:
        target: The container.
        on_silent: Called when the layer does not answer yet; it is waited for all the same.

    Returns:
        The event that says how it ended, and whether anything `serves` now: live, broken, or
        restored, where a load that hung gave way to files that are again what serves.

    Raises:
        NoEventsError: entr reloads, and takes no orders.
        StackError: Port 3000 does not answer, or no end came within 40 s and the time of two loads,
            for one may be under way already.
    """
    deadline = _BESIDES + 2 * reload_limit(target.project.root)
    try:
        async with asyncio.timeout(deadline), Reloader(target.health_url) as reloader:
            return await _order(reloader, on_silent)
    except httpx.HTTPError as error:
        raise StackError("port 3000 does not answer", "see `harness logs`") from error
    except TimeoutError as error:
        raise StackError(
            f"the load did not end within {deadline:.0f} s", "see `harness logs`"
        ) from error


async def start_again(target: Target) -> dict[str, Any]:
    """Start the whole container again, and wait until its gateway serves.

    Returns:
        The event that says how it ended, as `load_again` does.

    Raises:
        StackError: The engine refuses it, or nothing came of it within 120 s.
    """
    await in_thread(target.restart)
    async with Reloader(target.health_url) as reloader:
        try:
            health = await eventually(
                lambda: _settled(reloader), seconds=_CONTAINER_DEADLINE, what="the gateway serves"
            )
        except PollTimeoutError as error:
            raise StackError(str(error), "see `harness logs`") from error
    about = {"at": health.get("since"), "generation": health.get("generation", 0), "cause": _CAUSE}
    if health["status"] == "healthy":
        return {"event": "live", **about, "serves": True}
    why = error_of(health) or "it does not say why"
    return {"event": "broken", **about, "error": why, "serves": False}


async def _order(reloader: Reloader, on_silent: Callable[[], None]) -> dict[str, Any]:
    ours = None
    async with aclosing(reloader.events()) as events:
        async for raw in events:
            kind, generation = raw.get("event"), raw.get("generation", 0)
            if kind == "state":  # from here on nothing is missed
                await reloader.restart()
            # With a save that came just before, one load is made of both, named after the save.
            elif kind == "noticed" and (raw.get("cause") == _CAUSE or raw.get("forced")):
                ours = ours or generation
            elif kind == "silent" and ours and generation >= ours:
                on_silent()
            # A newer save may have taken the place of a load that hung.
            elif kind in {"live", "broken"} and ours and generation >= ours:
                return {"serves": kind == "live", **raw}
            # So may one that takes the last one back: it is told when no load is under way.
            elif kind == "restored" and ours:
                return {"serves": True, **raw}
    raise httpx.RemoteProtocolError("the events ended")


async def _settled(reloader: Reloader) -> dict[str, Any] | None:
    try:
        health = await reloader.health()
    except httpx.HTTPError:
        return None
    return health if health.get("status") in {"healthy", "broken"} else None
