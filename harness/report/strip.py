"""The distribution of save-to-live, as dots on an axis of seconds."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, repeat
from operator import mul
from typing import NamedTuple

from pydantic import JsonValue

from harness.criteria.quantity import Quantity
from harness.quantile import quantile
from harness.report.merged import Merged

__all__ = ["Strip", "strips"]

_LEFT, _RIGHT, _MIDDLE = 16.0, 624.0, 20.0
# Neighbours in a series must not lie on one another: this turn never repeats.
_GOLDEN, _SPREAD = 0.618034, 13.0
# More numbers than this lie on one another.
_TICKS = 12


class Dot(NamedTuple):
    """A save: how far right and how far down it stands, in pixels."""

    x: float
    y: float


class Strip(NamedTuple):
    """A series.

    Attributes:
        title: What was saved how.
        dots: One for each save.
        median: Of the series, in seconds.
        p95: 95 of 100 saves took at most so long, in seconds.
        slowest: In seconds.
        limit: In seconds; the axis ends a little beyond it, or beyond the slowest.
        ticks: Where the axis has numbers, which are whole seconds.
        median_x: Where the median stands.
        limit_x: Where the limit stands.
    """

    title: str
    dots: Sequence[Dot]
    median: float
    p95: float
    slowest: float
    limit: float
    ticks: Sequence[tuple[float, int]]
    median_x: float
    limit_x: float


def strips(merged: Merged, limit: Quantity) -> list[Strip]:
    """Return one for each series of saves that the evidence holds.

    Args:
        merged: The evidence.
        limit: What the PRD allows from a save to its answer.
    """
    series = dict(_series(merged))
    if not series:
        return []
    longest = max(limit.base, *(max(it) for it in series.values())) * 1.04
    return [_strip(title, seconds, limit.base, longest) for title, seconds in series.items()]


def _strip(title: str, seconds: Sequence[float], limit: float, longest: float) -> Strip:
    def place(value: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * value / longest, 1)

    dots = [
        Dot(place(it), round(_MIDDLE + _SPREAD * (2 * (number * _GOLDEN % 1) - 1), 1))
        for number, it in enumerate(seconds)
    ]
    return Strip(
        title=title,
        dots=dots,
        median=quantile(seconds, 0.5),
        p95=quantile(seconds, 0.95),
        slowest=max(seconds),
        limit=limit,
        ticks=[(place(it), it) for it in range(0, int(longest) + 1, _step(longest))],
        median_x=place(quantile(seconds, 0.5)),
        limit_x=place(limit),
    )


def _step(longest: float) -> int:
    """Return how many seconds are between two numbers: 1, 2, 5, 10, and so on."""
    steps = (digit * ten for ten in accumulate(repeat(10), mul, initial=1) for digit in (1, 2, 5))
    return next(it for it in steps if longest / it < _TICKS)


def _series(merged: Merged) -> Iterator[tuple[str, list[float]]]:
    seen: set[str] = set()
    for finding in merged.findings:
        for check in finding.criterion.checks:
            for title, seconds in _of_facts(check.observed):
                if seconds and title not in seen:
                    seen.add(title)
                    yield title, seconds


def _of_facts(observed: Mapping[str, JsonValue]) -> Iterator[tuple[str, list[float]]]:
    """Read what `SaveFacts` and `IntervalFacts` hold; other kinds are passed over."""
    save = observed.get("save")
    if isinstance(save, dict):
        yield "one save after the other", _numbers(save.get("seconds"))
    interval = observed.get("interval")
    series = interval.get("series") if isinstance(interval, dict) else None
    for one in series if isinstance(series, list) else ():
        if isinstance(one, dict):
            yield f"saves {one.get('interval')} s apart", _numbers(one.get("seconds"))


def _numbers(value: JsonValue) -> list[float]:
    return [it for it in value if isinstance(it, float)] if isinstance(value, list) else []
