"""What the tests of the edge that executes put into it, and how they ask it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from harness import node
from harness.cloudflare.packages import install_packages
from harness.cloudflare.rehearsal.edge.workerd import WorkerdEdge
from harness.engine.model import Engine
from harness.process import run
from tests.conftest import REPOSITORY

__all__ = ["NAME", "PACKAGES", "TOKEN", "Module", "Version", "an_edge", "bundle", "get"]

PACKAGES = REPOSITORY / "deploy/cloudflare"
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
    install_packages(PACKAGES)
    edge = WorkerdEdge(engine, PACKAGES)
    try:
        yield edge
    finally:
        await edge.stop()


def bundle(place: Path) -> bytes:
    """Return the Worker as wrangler bundles it."""
    install_packages(PACKAGES)
    script = PACKAGES / "node_modules/wrangler/bin/wrangler.js"
    words = ["deploy", "--dry-run", "--containers-rollout", "none", "--env", "production"]
    env = {**node.variables(), "CI": "1", "WRANGLER_SEND_METRICS": "false"}
    command = [str(node.program()), str(script), *words, "--outdir", str(place)]
    run(command, cwd=PACKAGES, env={**env, "WRANGLER_LOG_PATH": str(place / "logs")})
    return (place / "worker.js").read_bytes()


async def get(url: str, **headers: str) -> httpx.Response:
    """Ask once, on a connection of its own."""
    async with httpx.AsyncClient(timeout=60) as client:
        return await client.get(url, headers=headers)
