"""Saves at several intervals, and how long each took to be served."""

import time

from harness.criteria.facts.model import Facts
from harness.criteria.facts.save import Saver, reloader_of
from harness.docker.stack import Stack

__all__ = ["IntervalFacts", "Series", "observe"]

_INTERVALS = (3.0, 1.0, 0.2)
_SAVES = 12


class Series(Facts):
    """Saves at one interval.

    Attributes:
        interval: Seconds from save to save; more where a save was served later than that.
        seconds: From each save to the first answer that carried it.
        foreign: What part of the processors other programs had during each, from 0 to 1.
    """

    interval: float
    seconds: tuple[float, ...]
    foreign: tuple[float, ...]


class IntervalFacts(Facts):
    """All series of one run.

    Attributes:
        reloader: What reloads, as the environment names it; empty where it does not.
        series: One for each interval.
        lost: How many saves were never served.
        returned: Whether the answer is as before once the file is: else it changes by itself too.
    """

    reloader: str
    series: tuple[Series, ...]
    lost: int
    returned: bool


def observe(stack: Stack) -> IntervalFacts:
    """Save at each interval in turn."""
    saver = Saver(stack)
    with saver.kept():
        series = tuple(_series(saver, interval) for interval in _INTERVALS)
    return IntervalFacts(
        reloader=reloader_of(stack), series=series, lost=saver.lost, returned=saver.returned
    )


def _series(saver: Saver, interval: float) -> Series:
    due, seconds = time.monotonic(), []
    for _ in range(_SAVES):
        saver.prepare(due=due)
        started = time.monotonic()
        due = started + interval
        saver.save()
        seconds.append(round(time.monotonic() - started, 3))
    return Series(interval=interval, seconds=tuple(seconds), foreign=saver.foreign())
