"""The edge that executes Workers as they were uploaded, in workerd, with their real container."""

import asyncio
import base64
import json
import socket
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import docker.errors

from harness import names, node
from harness.cloudflare.rehearsal.edge import (
    ContainerApp,
    EdgeError,
    Share,
    StartupFailedError,
    Uploaded,
)
from harness.cloudflare.rehearsal.edge.program import Program
from harness.criteria.facts.deployment import memory_of
from harness.engine.model import Engine
from harness.scratch import scratch

__all__ = ["WorkerdEdge"]

_MAIN = Path(__file__).with_name("main.mjs")
_PREFIX = "loa-edge-"


class WorkerdEdge:
    """Executes what was uploaded: modules, Durable Objects, R2 buckets, and containers.

    What it cannot show: Cloudflare's network between the parts, several places at once, limits of
    time and memory of a Worker, and requests going on unheld while versions are exchanged.

    Args:
        engine: Where the containers run.
        packages: The directory whose `node_modules` hold miniflare; it must be installed.
        credentials: User and password of the registry that images are pulled from, if it wants any.
    """

    def __init__(
        self, engine: Engine, packages: Path, credentials: tuple[str, str] | None = None
    ) -> None:
        self._engine = engine
        self._packages = packages
        self._credentials = credentials
        self._run = uuid.uuid4().hex[:8]
        self._ports: dict[str, _Port] = {}
        self._applied: dict[str, object] = {}
        self._stack = AsyncExitStack()
        self._starting = asyncio.Lock()
        self._program: Program | None = None

    async def check(self, version: Uploaded) -> None:
        """Start a version aside, see `Checking`."""
        program = await self._started()
        problem = await program.order("check", version=_version(version))
        if problem:
            raise StartupFailedError(problem)

    async def apply(
        self, worker: str, live: Sequence[Share], containers: ContainerApp | None
    ) -> None:
        """Serve these versions from now on, see `Edge`."""
        if not live:
            await self._forget(worker)
            return
        wanted = ([(version.id, share) for version, share in live], containers)
        if self._applied.get(worker) == wanted:
            return
        what = {
            "live": [{"version": _version(it), "percent": share} for it, share in live],
            "container": containers and _container(containers),
            "memory": containers and memory_of(containers.instance_type),
            "auth": self._auth(),
        }
        program = await self._started()
        problem = await program.order("apply", worker=worker, cell=self._cell(worker), **what)
        if problem:
            raise EdgeError(f"{worker}: {problem}")
        self._applied[worker] = wanted

    async def _forget(self, worker: str) -> None:
        """Serve a Worker no more that was removed; what it kept and its containers go too."""
        if self._applied.pop(worker, None) is None:
            return
        program = await self._started()
        problem = await program.order("remove", worker=worker)
        if problem:
            raise EdgeError(f"{worker}: {problem}")

    async def scheduled(self, worker: str) -> None:
        """Let a Worker's cron trigger fire.

        Raises:
            EdgeError: The Worker is not served, or its handler failed.
        """
        program = await self._started()
        problem = await program.order("scheduled", worker=worker)
        if problem:
            raise EdgeError(f"{worker}: {problem}")

    def url(self, worker: str) -> str:
        """Return the address of a Worker, see `Edge`."""
        return f"http://127.0.0.1:{self._port(worker).number}"

    async def stop(self) -> None:
        """End everything, the containers too."""
        await self._stack.aclose()
        self._program = None
        for port in self._ports.values():
            port.release()
        await asyncio.to_thread(self._sweep)

    def _sweep(self) -> None:
        """Remove the containers that a program which was killed has left."""
        named: dict[str, Any] = {"name": f"{_PREFIX}{self._run}-"}
        containers = self._engine.client.containers
        for container in containers.list(all=True, filters=named, ignore_removed=True):
            with suppress(docker.errors.NotFound):
                container.remove(force=True, v=True)

    async def _started(self) -> Program:
        async with self._starting:
            self._program = self._program or await self._start()
        return self._program

    async def _start(self) -> Program:
        place = self._stack.enter_context(scratch("edge"))
        places = ["--packages", str(self._packages), "--place", str(place)]
        command = [str(node.program()), str(_MAIN), *places]
        return await self._stack.enter_async_context(Program(command))

    def _port(self, worker: str) -> "_Port":
        if worker not in self._ports:
            self._ports[worker] = _Port()
        return self._ports[worker]

    def _cell(self, worker: str) -> dict[str, Any]:
        port = self._port(worker)
        port.release()
        return {
            "port": port.number,
            "address": _address(self._engine.host),
            "prefix": f"{_PREFIX}{self._run}-{worker}-",
            "labels": names.of_run(),
        }

    def _auth(self) -> str | None:
        if self._credentials is None:
            return None
        user, password = self._credentials
        told = json.dumps({"username": user, "password": password})
        return base64.urlsafe_b64encode(told.encode()).decode()


class _Port:
    """A free port of 127.0.0.1, which nobody else gets until it is listened on."""

    def __init__(self) -> None:
        self._held: socket.socket | None = socket.socket()
        self._held.bind(("127.0.0.1", 0))
        self.number = int(self._held.getsockname()[1])

    def release(self) -> None:
        """Let go of it, so that it can be listened on."""
        if self._held:
            self._held.close()
        self._held = None


def _address(host: str) -> dict[str, Any]:
    """Return an engine's address as Node's http.request takes it.

    Raises:
        EdgeError: It is neither a socket here nor plain TCP.
    """
    kind, _, rest = host.partition("://")
    if kind == "unix":
        return {"socketPath": rest}
    if kind in {"tcp", "http"}:
        name, _, port = rest.partition(":")
        return {"host": name, "port": int(port or 2375)}
    raise EdgeError(f"the edge cannot reach an engine at {host}: only unix:// and tcp://")


def _version(version: Uploaded) -> Mapping[str, Any]:
    return {
        "id": version.id,
        "mainModule": version.main_module,
        "modules": [
            {
                "name": module.name,
                "contentType": module.content_type,
                "content": base64.b64encode(module.content).decode(),
            }
            for module in version.modules
        ],
        "bindings": [dict(binding) for binding in version.bindings],
        "secrets": dict(version.secrets),
        "compatibilityDate": version.compatibility_date,
        "compatibilityFlags": list(version.compatibility_flags),
    }


def _container(app: ContainerApp) -> Mapping[str, Any]:
    return {"image": app.image, "className": app.class_name, "startsIn": app.starts_in}
