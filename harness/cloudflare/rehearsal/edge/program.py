"""A program beside this one that takes orders as lines of JSON and answers each."""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.cloudflare.rehearsal.edge import EdgeError
from harness.process import Beside, beside

__all__ = ["Program"]

_KEPT_LINES = 40
_TIME_TO_END = 30.0


class Program:
    """The program; it runs while the block does.

    Args:
        command: The program and its arguments.
    """

    def __init__(self, command: Sequence[str | Path]) -> None:
        self._command = command
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[str]] = {}
        self._printed: deque[str] = deque(maxlen=_KEPT_LINES)
        self._stack = AsyncExitStack()
        self._beside: Beside | None = None

    async def order(self, name: str, **what: object) -> str:
        """Give an order, wait until it is done, and return what went wrong; empty if nothing.

        Raises:
            EdgeError: The program has ended.
        """
        if self._beside is None:
            raise EdgeError(f"the edge has ended: {' / '.join(self._printed)}")
        number = next(self._numbers)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self._beside.tell(json.dumps({"id": number, "do": name, **what}))
        return await answer

    async def __aenter__(self) -> Self:
        self._beside = await self._stack.enter_async_context(beside(self._command))
        # It reads to the end of what the program prints, so that nothing of the pipe is left.
        self._reading = asyncio.create_task(self._read(self._beside))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give it the time to end what it started; then end it."""
        with suppress(TimeoutError, EdgeError):
            await asyncio.wait_for(self.order("stop"), _TIME_TO_END)
        await self._stack.aclose()
        await self._reading

    async def _read(self, program: Beside) -> None:
        async for line in program.lines():
            self._take(line)
        self._beside = None
        ended = EdgeError(f"the edge ended: {' / '.join(self._printed)}")
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ended)

    def _take(self, line: str) -> None:
        try:
            said = json.loads(line)
            answer = self._waiting.pop(said["id"])
        except (ValueError, TypeError, KeyError):
            self._printed.append(line)
            return
        if not answer.done():
            answer.set_result(said.get("error", ""))
