"""One contestant's turn: save, wait until it is live, and let everything come to rest."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import count

from harness.benchmark.asker import EVERY, Answer, asking, first_other
from harness.benchmark.processors import Idleness
from harness.benchmark.result import Broken, Turn
from harness.criteria.facts.probe import Probe
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, eventually

__all__ = ["Turns", "phases", "turn_of"]

_READY = 60.0
_STEADY = 10  # answers in a row
_PATIENCE = 15.0
_REST = 2.0
_RESTLESS = 30.0
# Longer than anybody takes to start again.
_BROKEN = 6.0
# The fraction whose multiples lie most evenly between whole numbers, however many there are.
_GOLDEN = 0.618034


class Turns:
    """Takes the turns of one contestant.

    Args:
        stack: Its stack, in a checkout of its own.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._container = stack.container
        self._probe = Probe(stack)
        self._url = f"{stack.gateway_url}{stack.project.config.probe.url}"
        self._phases = phases()

    async def take(self) -> Turn:
        """Save once, and return what came of it when all is at rest again.

        Raises:
            PollTimeoutError: The layer does not answer before the save, for a minute.
        """
        async with asking(self._url, self._stack.project.config.probe.field) as answers:
            before = await eventually(
                lambda: _steady(answers), seconds=_READY, what="the layer answers"
            )
            await asyncio.sleep(next(self._phases))
            saved = await self._save(self._probe.edited())
            await self._live(answers, saved, before)
            settled = await self._settled(answers)
        return turn_of(answers, saved, before, settled=settled)

    async def fail(self) -> Broken:
        """Save a syntax error, and after six seconds something good.

        Raises:
            PollTimeoutError: The layer does not answer before the save, for a minute.
        """
        async with asking(self._url, self._stack.project.config.probe.field) as answers:
            before = await eventually(
                lambda: _steady(answers), seconds=_READY, what="the layer answers"
            )
            good = self._probe.edited()
            since = await self._save(f"{good}export const broken = ;;;(\n")
            await eventually(
                lambda: _passed(since + _BROKEN), seconds=_BROKEN + 1, what="it was long enough"
            )
            mended = await self._save(good)
            live = await self._live(answers, mended, before)
        meanwhile = [it for it in answers if since <= it.sent < mended]
        return Broken(
            asked=len(meanwhile),
            failed=sum(it.value is None for it in meanwhile),
            seconds=None if live is None else round(live.received - mended, 3),
        )

    async def _save(self, content: str) -> float:
        """Save, and return when that began."""
        began = time.monotonic()
        await asyncio.to_thread(self._probe.save, content)
        return began

    async def _live(self, answers: Sequence[Answer], saved: float, before: str) -> Answer | None:
        async def look() -> Answer | None:
            return first_other(answers, saved, before)

        try:
            return await eventually(look, seconds=_PATIENCE, what="the save is served")
        except PollTimeoutError:
            return None

    async def _settled(self, answers: Sequence[Answer]) -> bool:
        since, idleness = time.monotonic(), Idleness(self._container)

        async def look() -> bool:
            idle = await idleness.look() and time.monotonic() - since >= _REST
            return idle and bool(await _steady(answers)) and await self._is_ready_again()

        try:
            return await eventually(look, seconds=_RESTLESS, what="it comes to rest")
        except PollTimeoutError:
            return False

    async def _is_ready_again(self) -> bool:
        """Whether nothing is being prepared for the next save; one that prepares nothing is."""
        health = await asyncio.to_thread(self._stack.health) or {}
        standby = health.get("standby")
        return standby is None or standby["state"] == "warm"


def phases() -> Iterator[float]:
    """Yield after how many seconds from an answer each save is made, evenly over all there are.

    A save is only seen to be live when somebody asks. Were it always made at the same moment
    between two requests, a difference of a millisecond could look like one of a whole interval, or
    like none.
    """
    for number in count(1):
        yield number * _GOLDEN % 1 * EVERY


def turn_of(answers: Sequence[Answer], saved: float, before: str, *, settled: bool) -> Turn:
    """Return what the answers of a turn say of it.

    Args:
        answers: All of them, in the order in which they came.
        saved: When the save began, on the same clock.
        before: What the layer answered before.
        settled: Whether it came to rest afterwards.
    """
    live = first_other(answers, saved, before)
    after = [it for it in answers if live and it.sent > live.received]
    good = [it.received - it.sent for it in answers if it.value is not None]
    return Turn(
        seconds=None if live is None else round(live.received - saved, 3),
        asked=len(answers),
        failed=len(answers) - len(good),
        stale=sum(it.value == before for it in after),
        slowest=round(max(good, default=0.0), 3),
        settled=settled,
    )


async def _passed(moment: float) -> bool:
    return time.monotonic() >= moment


async def _steady(answers: Sequence[Answer]) -> str | None:
    """Return what the last answers all say; None where they differ or failed."""
    last = {it.value for it in answers[-_STEADY:]} if len(answers) >= _STEADY else {None}
    return last.pop() if len(last) == 1 else None
