"""Every request is counted, recorded, and hit by the fault that is planned for it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.cloudflare.rehearsal.api import UNKNOWN
from harness.cloudflare.rehearsal.calls import Call
from harness.cloudflare.rehearsal.connection import cut
from harness.cloudflare.rehearsal.faults import (
    Applied,
    Die,
    Fault,
    Faults,
    Reset,
    Run,
    Stall,
    Status,
)

__all__ = ["Watched"]

_WORDS = {429: (971, "Please wait and consider throttling your request speed")}
_OTHER_WORDS = (10013, "workers.api.error.unknown")


class Watched:
    """An application between the faults and the record.

    Args:
        app: What answers.
        faults: What is planned.
        record: Takes each call when it is over.
    """

    def __init__(self, app: ASGIApp, faults: Faults, record: Callable[[Call], None]) -> None:
        self._app = app
        self._faults = faults
        self._record = record
        self._over = asyncio.Event()

    def end(self) -> None:
        """Cut what stalls: it would hold up the end of the server."""
        self._over.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or do what the fault says."""
        seen = _Seen(send)
        fault = self._faults.take(scope["method"], scope["path"])
        try:
            await self._answer(fault, scope, receive, seen)
        finally:
            known = UNKNOWN not in scope
            self._record(Call(scope["method"], scope["path"], seen.status, known))
        if isinstance(fault, Run):
            fault.action()

    async def _answer(
        self, fault: Fault | None, scope: Scope, receive: Receive, seen: "_Seen"
    ) -> None:
        if fault is None or isinstance(fault, Run):
            await self._app(scope, receive, seen)
        elif isinstance(fault, Applied):
            await self._app(scope, receive, _nowhere)
            await self._fail(fault.seen, scope, receive, seen)
        elif isinstance(fault, Stall) and fault.seconds is not None:
            await self._stall(fault)
            await self._app(scope, receive, seen)
        else:
            await _drain(receive)
            await self._fail(fault, scope, receive, seen)

    async def _fail(
        self, fault: Status | Reset | Stall | Die, scope: Scope, receive: Receive, seen: "_Seen"
    ) -> None:
        if isinstance(fault, Status):
            await _refusal(fault)(scope, receive, seen)
            return
        if isinstance(fault, Stall):
            await self._stall(fault)
        self._faults.dead = self._faults.dead or isinstance(fault, Die)
        await cut(scope)

    async def _stall(self, fault: Stall) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), fault.seconds)


class _Seen:
    """Passes an answer on, and keeps its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _refusal(fault: Status) -> JSONResponse:
    code, words = _WORDS.get(fault.code, _OTHER_WORDS)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    errors = [{"code": code, "message": words}]
    body = {"success": False, "errors": errors, "messages": [], "result": None}
    return JSONResponse(body, fault.code, headers)


async def _drain(receive: Receive) -> None:
    """Read the request to its end: a client that still sends would not see the answer."""
    while (await receive()).get("more_body"):
        pass


async def _nowhere(_: Message) -> None:
    """Take an answer that nobody is to see."""
