"""Bring a Cloudflare up on this machine, hand it over, and take it down."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.cloudflare.rehearsal import api, objects, rollouts
from harness.cloudflare.rehearsal.calls import Calls
from harness.cloudflare.rehearsal.cloud import Cloud, Login
from harness.cloudflare.rehearsal.connection import Served
from harness.cloudflare.rehearsal.edge import Edge
from harness.cloudflare.rehearsal.edge.bookkeeping import BookkeepingEdge
from harness.cloudflare.rehearsal.faults import Faults
from harness.cloudflare.rehearsal.loop import Loop, running
from harness.cloudflare.rehearsal.state import State
from harness.cloudflare.rehearsal.watched import Watched

__all__ = ["MakeEdge", "Rehearsal", "rehearsal"]

MakeEdge = Callable[[State], Coroutine[Any, Any, Edge]]
"""Makes the edge; called within the loop that it is then used in."""


@dataclass(frozen=True)
class Rehearsal:
    """A Cloudflare that is up.

    Attributes:
        environment: The variables that lead wrangler and the harness to it.
        calls: What it was asked so far.
        faults: What is to go wrong.
        state: What the account holds. Look at it at will; change it only while nothing is asked.
    """

    environment: dict[str, str]
    calls: Calls
    faults: Faults
    state: State
    _cloud: Cloud
    _loop: Loop

    def url(self, worker: str) -> str:
        """Return the address at which a Worker is served, without a slash at its end."""
        return self._cloud.edge.url(worker)

    def show(self) -> None:
        """Let the edge serve what is live by a state that was changed by hand."""
        self._loop.run(_show(self._cloud))


@contextmanager
def rehearsal(
    *,
    state: State | None = None,
    edge: MakeEdge | None = None,
    registry: Login | None = None,
    keep: Path | None = None,
) -> Iterator[Rehearsal]:
    """Serve a Cloudflare on 127.0.0.1 until the block is left.

    Args:
        state: What the account holds at first; nothing if it is None.
        edge: Makes what serves the Workers; `BookkeepingEdge` if it is None.
        registry: The container registry and the credentials that it gives out.
        keep: A file that holds the state after each change; what it holds already is taken on.

    Raises:
        ValueError: `keep` holds something else.
    """
    known = state or (State.load(keep) if keep and keep.exists() else State())
    with running() as loop:
        cloud = Cloud(known, loop.run((edge or _bookkeeping)(known)), registry)
        faults, calls = Faults(), Calls()
        changed = (lambda: known.save(keep)) if keep else _nothing
        apps = (api.application(cloud, changed), objects.application(cloud, changed))
        doors = [_Door(Watched(app, faults, calls.append)) for app in apps]
        try:
            loop.run(_start(cloud, doors))
            variables = _environment(cloud, *(door.served.url for door in doors))
            yield Rehearsal(variables, calls, faults, known, cloud, loop)
        finally:
            loop.run(_stop(cloud, doors))


class _Door:
    """A server, and the watch at it."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self.served = Served(watched)

    async def close(self) -> None:
        self._watched.end()
        await self.served.stop()


async def _bookkeeping(state: State) -> Edge:
    return BookkeepingEdge(state.images)


async def _start(cloud: Cloud, doors: list[_Door]) -> None:
    for door in doors:
        await door.served.start()
    await _show(cloud)
    await rollouts.resume(cloud)


async def _show(cloud: Cloud) -> None:
    for worker in cloud.state.workers.values():
        await cloud.show(worker)


async def _stop(cloud: Cloud, doors: list[_Door]) -> None:
    await asyncio.gather(*(door.close() for door in doors))
    await cloud.stop()


def _environment(cloud: Cloud, account: str, stored: str) -> dict[str, str]:
    variables = {
        "CLOUDFLARE_API_BASE_URL": f"{account}{api.BASE}",
        "CLOUDFLARE_API_TOKEN": cloud.state.token.value,
        "CLOUDFLARE_ACCOUNT_ID": cloud.state.account,
        "LOA_R2_ENDPOINT": stored,
    }
    if cloud.registry:
        variables["CLOUDFLARE_CONTAINER_REGISTRY"] = cloud.registry.host
    return variables


def _nothing() -> None:
    """Keep nothing."""
