"""Wait for a state: look, look again, and say at the deadline what was last seen."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

__all__ = ["PollTimeoutError", "eventually", "until", "until_due"]

T = TypeVar("T")

_STEP = 0.05


class PollTimeoutError(Exception):
    """The state did not come about in time."""


def until(look: Callable[[], T | None], *, seconds: float, what: str, every: float = _STEP) -> T:
    """Call `look` every 50 ms until it returns something true, and return that.

    Args:
        look: Returns the wanted thing, or something false while it is not there.
        seconds: The deadline.
        what: What is waited for, for the message.
        every: Seconds between two looks.

    Raises:
        PollTimeoutError: The deadline passed; the message holds what `look` last returned.
    """
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise PollTimeoutError(f"{what}: not within {seconds:g} s (last seen: {seen!r})")
        time.sleep(every)


def until_due(moment: float) -> None:
    """Return once a moment on the monotonic clock has come."""
    left = max(moment - time.monotonic(), 0.0)
    until(lambda: time.monotonic() >= moment, seconds=left + 1, what="the moment has come")


async def eventually(
    look: Callable[[], Awaitable[T | None]], *, seconds: float, what: str, every: float = _STEP
) -> T:
    """Do as `until` does, while other tasks go on.

    Args:
        look: Returns the wanted thing, or something false while it is not there.
        seconds: The deadline.
        what: What is waited for, for the message.
        every: Seconds between two looks.

    Raises:
        PollTimeoutError: The deadline passed; the message holds what `look` last returned.
    """
    deadline = time.monotonic() + seconds
    while True:
        seen = await look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise PollTimeoutError(f"{what}: not within {seconds:g} s (last seen: {seen!r})")
        await asyncio.sleep(every)
