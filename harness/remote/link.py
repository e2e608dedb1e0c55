"""A link to a stack on another machine: near.mjs, and what it is asked and says."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from harness import node
from harness.errors import StackError
from harness.process import Beside, beside
from harness.remote import NEAR

__all__ = ["Compared", "Link", "LostError", "linked_to"]

# The engine has an image, and starts a container of it.
_START_SECONDS = 60.0


class LostError(StackError):
    """The link has ended, for whatever reason."""


@dataclass(frozen=True)
class Compared:
    """How the files there differed from those here, before they were made the same.

    Attributes:
        sent: How many were missing there.
        changed: How many had another content or mode there.
        removed: How many were there that are not here any more.
        foreign: Files that were made there, by their paths there; they stay.
    """

    sent: int
    changed: int
    removed: int
    foreign: list[str]

    def __str__(self) -> str:
        said = {
            "copied to the engine": self.sent,
            "replaced there by this checkout's": self.changed,
            "removed there": self.removed,
        }
        counted = (f"{count} {what}" for what, count in said.items() if count)
        return f"files: {', '.join(counted)}"

    @property
    def differed(self) -> bool:
        """Whether anything had to be done."""
        return bool(self.sent or self.changed or self.removed)


class Link:
    """What a link can be asked; `linked_to` makes it."""

    def __init__(self, program: Beside) -> None:
        self._program = program
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._linked: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        self._last_words = "the engine said nothing"
        self._running = asyncio.create_task(self._run())

    async def up(self) -> list[int]:
        """Wait for it, and return the ports that something else has for now.

        Raises:
            StackError: It is not up within 60 s.
            LostError: It could not be made; the message holds the engine's last words.
        """
        try:
            return await asyncio.wait_for(asyncio.shield(self._linked), _START_SECONDS)
        except TimeoutError as error:
            raise StackError(
                f"no link to the engine within {_START_SECONDS:.0f} s: {self._last_words}",
                "see `harness doctor`",
            ) from error

    async def compare(self, files: Sequence[str], known: Sequence[str]) -> Compared:
        """Make the files there what they are here.

        Args:
            files: All that shall be there, relative to the checkout.
            known: What was sent at any time; of it, what is not in `files` is removed.

        Raises:
            StackError: It cannot be done, for want of space for example.
            LostError: The link has ended.
        """
        answer = await self._ask(compare={"files": list(files), "known": list(known)})
        return Compared(**answer)

    async def send(self, files: Sequence[str], gone: Sequence[str]) -> None:
        """Have these files there as they are here, and those not at all; raises as `compare`."""
        await self._ask(send={"files": list(files), "gone": list(gone)})

    async def ended(self) -> None:
        """Wait for its end.

        Raises:
            LostError: It has come.
        """
        await asyncio.shield(self._running)

    async def close(self) -> None:
        """Hear nothing more from the program."""
        self._running.cancel()
        with suppress(asyncio.CancelledError, LostError):
            await self._running

    async def _run(self) -> None:
        """Take what the program says, until it ends."""
        try:
            async for line in self._program.lines():
                self._take(line)
        finally:
            error = self._lost()
            waiting: list[asyncio.Future[Any]] = [self._linked, *self._asked.values()]
            for future in waiting:
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # whoever waited may have left
        raise error

    def _lost(self) -> LostError:
        return LostError(f"the link to the engine has ended: {self._last_words}")

    async def _ask(self, **what: object) -> dict[str, Any]:
        if self._running.done():  # nobody would answer any more
            raise self._lost()
        number = next(self._numbers)
        self._asked[number] = asyncio.get_running_loop().create_future()
        self._program.tell(json.dumps({"id": number, **what}))
        try:
            answer = await self._asked[number]
        finally:
            del self._asked[number]
        if "error" in answer:
            raise StackError(f"files cannot be copied to the engine: {answer['error']}")
        return answer

    def _take(self, line: str) -> None:
        said = _object(line)
        number = said.pop("id", None)
        if number in self._asked and not self._asked[number].done():
            self._asked[number].set_result(said)
        elif said.get("event") == "linked":
            self._linked.set_result(said["taken"])
        elif not said and line.strip():
            self._last_words = line.strip()


@asynccontextmanager
async def linked_to(plan: Mapping[str, Any], variables: Mapping[str, str]) -> AsyncIterator[Link]:
    """Link, and let go when the block is left.

    Args:
        plan: What is linked, as `Plan.describe` returns it.
        variables: What the program that starts the far end needs, on top of the environment.

    Raises:
        LostError: The link ended, within the block or before.
    """
    command = [str(node.program()), str(NEAR), plan["root"]]
    async with beside(command, env={**node.variables(), **variables}) as program:
        link = Link(program)
        program.tell(json.dumps(plan))
        try:
            yield link
        finally:
            await link.close()


def _object(line: str) -> dict[str, Any]:
    """Read an object; anything else is what a program said that failed."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
