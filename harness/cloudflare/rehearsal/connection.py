"""HTTP on this machine: servers on free ports, whose connections can be cut."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["Served", "cut"]

_LOOPBACK = "127.0.0.1"
_CUT_AT_ONCE = struct.pack("ii", 1, 0)
_connections: dict[tuple[str, int, int], asyncio.Transport] = {}


class _Connection(H11Protocol):
    """Keeps the transport where a handler finds it: ASGI itself has no word for cutting."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._ends = _ends(self.client, self.server)
        _connections[self._ends] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _connections.pop(self._ends, None)
        super().connection_lost(exc)


def _ends(client: Any, server: Any) -> tuple[str, int, int]:  # noqa: ANN401 -- as ASGI has it
    return (client[0], client[1], server[1])


async def cut(scope: Scope) -> None:
    """End the connection of a request as if the other machine had crashed."""
    transport = _connections.get(_ends(scope["client"], scope["server"]))
    if transport is not None:
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CUT_AT_ONCE)
        transport.abort()
        # The server hears of it in the next turn of the loop; without, it misses an answer.
        await asyncio.sleep(0)


class Served:
    """A server on a free port of 127.0.0.1, which is its own from the beginning.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._socket = socket.socket()
        self._socket.bind((_LOOPBACK, 0))
        self.url = f"http://{_LOOPBACK}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            http=_Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            # For a client that never ends what it began to send.
            timeout_graceful_shutdown=5,
        )
        self._server = _Quiet(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Answer from now on; nothing happens if it does already."""
        if self._task is None:
            self._socket.listen()
            self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))

    async def stop(self) -> None:
        """Answer nothing any more."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


class _Quiet(uvicorn.Server):
    """Leaves the signals of the process to those who deal with them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
