"""Saves at a given pace, whether or not the one before is served yet."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from harness.benchmark.asker import Answer, asking
from harness.benchmark.figures import Series
from harness.criteria.facts.probe import Probe
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, eventually

__all__ = ["Pacer", "served"]

_LIVE = 30.0
_FIRST = -1


class Pacer:
    """Saves contents of the probe file, at first one by one, then at any pace.

    What the gateway answers tells which sources it loaded, but not in which order they were saved;
    so what it answers to each content is learned first, and told apart afterwards.

    Args:
        stack: A stack whose checkout may be edited.
        contents: How many different contents there are.
    """

    def __init__(self, stack: Stack, contents: int) -> None:
        self._probe = Probe(stack)
        self._url = f"{stack.gateway_url}{stack.project.config.probe.url}"
        self._field = stack.project.config.probe.field
        self._first, *self._contents = (self._probe.edited() for _ in range(contents + 1))
        self._numbers: dict[str, int] = {}

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Put the file back in the end."""
        with self._probe.kept():
            yield

    async def learn(self, every: float) -> Series:
        """Save each content and wait until it is served, at least so many seconds apart."""
        return await self._run(every, learns=True)

    async def replay(self, every: float) -> Series:
        """Save all contents again, so many seconds apart, whatever is served meanwhile."""
        return await self._run(every, learns=False)

    async def _run(self, every: float, *, learns: bool) -> Series:
        saved: list[float] = []
        async with asking(self._url, self._field) as answers:
            await self._begin(answers, every)
            for number, content in enumerate(self._contents):
                saved.append(await self._save(content))
                if learns:
                    await self._learn(answers, number, saved[-1])
                await asyncio.sleep(max(0.0, saved[-1] + every - time.monotonic()))
            await self._wait_for(answers, len(self._contents) - 1)
        return Series.of(every, served(answers, saved, self._numbers), answers)

    async def _begin(self, answers: Sequence[Answer], every: float) -> None:
        """Have something served that is none of the contents, or the last would pass for one."""
        await eventually(lambda: _any(answers), seconds=_LIVE, what="the gateway answers")
        began = await self._save(self._first)
        if _FIRST in self._numbers.values():
            await self._wait_for(answers, _FIRST)
        else:
            await self._learn(answers, _FIRST, began)
        await asyncio.sleep(every)

    async def _save(self, content: str) -> float:
        """Save, and return when that began."""
        began = time.monotonic()
        await asyncio.to_thread(self._probe.save, content)
        return began

    async def _learn(self, answers: Sequence[Answer], number: int, since: float) -> None:
        async def look() -> str | None:
            values = (it.value for it in answers if it.sent >= since and it.value)
            return next((it for it in values if it not in self._numbers and it != before), None)

        earlier = [it.value for it in answers if it.sent < since and it.value]
        before = earlier[-1] if earlier else None
        with suppress(PollTimeoutError):
            value = await eventually(look, seconds=_LIVE, what="the save is served", every=0.01)
            self._numbers[value] = number

    async def _wait_for(self, answers: Sequence[Answer], number: int) -> None:
        async def look() -> bool:
            return bool(answers) and self._numbers.get(answers[-1].value or "") == number

        with suppress(PollTimeoutError):
            await eventually(look, seconds=_LIVE, what=f"content {number} is served")


def served(
    answers: Sequence[Answer], saved: Sequence[float], numbers: Mapping[str, int]
) -> list[float | None]:
    """Return the seconds from each save to the first answer that carried it or a later one.

    Args:
        answers: All of them, in the order in which they came; none carried a save before it.
        saved: When each save began, on the same clock.
        numbers: The number of the save that each answer tells of, by the answer.

    Returns:
        One for each save; None where it was never served.
    """
    known = [(it, numbers[it.value]) for it in answers if it.value and it.value in numbers]
    found = []
    for number, at in enumerate(saved):
        fits = (it.received - at for it, its in known if it.sent >= at and its >= number)
        found.append(next(fits, None))
    return found


async def _any(answers: Sequence[Answer]) -> bool:
    return any(it.value is not None for it in answers)
