"""What the tests of the edge that executes put into it, and how they ask it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from harness.cloudflare.packages import install_packages
from harness.cloudflare.rehearsal.edge.workerd import WorkerdEdge
from harness.engine.model import Engine
from tests.worker import WORKER

__all__ = ["NAME", "TOKEN", "Module", "Version", "an_edge", "get"]

NAME = "loa-production"
TOKEN = "token-that-nobody-may-see"


@dataclass(frozen=True)
class Module:
    """One file of an upload."""

    name: str
    content: bytes
    content_type: str = "application/javascript+module"


@dataclass(frozen=True)
class Version:
    """What a test uploads."""

    id: str
    modules: tuple[Module, ...]
    bindings: tuple[dict[str, Any], ...] = ()
    secrets: dict[str, str] = field(default_factory=dict)
    main_module: str = "worker.js"
    compatibility_date: str = "2026-01-01"
    compatibility_flags: tuple[str, ...] = ()


@asynccontextmanager
async def an_edge(engine: Engine) -> AsyncIterator[WorkerdEdge]:
    """Hand over an edge; nothing of it is left afterwards."""
    install_packages(WORKER)
    edge = WorkerdEdge(engine, WORKER)
    try:
        yield edge
    finally:
        await edge.stop()


async def get(url: str, **headers: str) -> httpx.Response:
    """Ask once, on a connection of its own."""
    async with httpx.AsyncClient(timeout=60) as client:
        return await client.get(url, headers=headers)
