"""A comparison as a picture: every save a dot, on an axis that doubles."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from jinja2 import Environment, PackageLoader

from harness.benchmark.result import Comparison, Entry
from harness.benchmark.words import failed, lost, ranked, when, when_broken

__all__ = ["DARK", "LIGHT", "Palette", "Scale", "render"]

_LEFT, _RIGHT, _TOP, _ROW, _FOOT = 196.0, 560.0, 62.0, 36.0, 40.0
_TICKS = tuple(step * 10.0**power for power in range(-3, 3) for step in (1, 2, 5))
# Neighbours in a series must not lie on one another: this turn never repeats.
_GOLDEN = 0.618034
_SPREAD = 15.0


class Palette(NamedTuple):
    """The colours of one colour scheme, each on `card`.

    Attributes:
        dot: Everybody's saves, and the line for the median.
        ours: The same of ours.
        bad: What failed.
    """

    card: str
    text: str
    muted: str
    grid: str
    dot: str
    ours: str
    bad: str


LIGHT = Palette("#ffffff", "#1f2328", "#59636e", "#d1d9e0", "#6e7781", "#0969da", "#c1121f")
DARK = Palette("#0d1117", "#f0f6fc", "#9198a1", "#3d444d", "#9198a1", "#4493f8", "#ff7b72")


class Scale:
    """A logarithmic axis between two ticks.

    Args:
        values: What it must have room for, in seconds; without any it goes from one to two. What
            is less than the first of all ticks stands at it.
    """

    def __init__(self, values: Sequence[float]) -> None:
        least, most = min(values, default=1.0), max(values, default=1.0)
        self._first = max((tick for tick in _TICKS if tick <= least), default=_TICKS[0])
        self._last = min(tick for tick in _TICKS if tick >= most and tick > self._first)

    @property
    def ticks(self) -> list[float]:
        """The ticks, in seconds."""
        return [tick for tick in _TICKS if self._first <= tick <= self._last]

    def place(self, value: float) -> float:
        """Return how far right a value stands, in pixels."""
        part = math.log(max(value, self._first) / self._first) / math.log(self._last / self._first)
        return round(_LEFT + part * (_RIGHT - _LEFT), 1)


def render(found: Comparison) -> str:
    """Return the picture as SVG, readable in light and dark surroundings."""
    entries = ranked(found)
    scale = Scale([seconds for it in entries for seconds in it.seconds])
    environment = Environment(
        loader=PackageLoader("harness.benchmark"), autoescape=True, trim_blocks=True
    )
    return environment.get_template("save-to-live.svg.j2").render(
        schemes={"light": LIGHT, "dark": DARK},
        right=_RIGHT,
        top=_TOP,
        bottom=_TOP + _ROW * len(entries),
        height=_TOP + _ROW * len(entries) + _FOOT,
        ticks=[(scale.place(tick), f"{tick:g} s") for tick in scale.ticks],
        rows=[_row(number, it, scale, found.ours) for number, it in enumerate(entries)],
        when=when(found),
    )


def _row(number: int, entry: Entry, scale: Scale, ours: str) -> dict[str, object]:
    middle = _TOP + _ROW * (number + 0.5)
    dots = [
        (scale.place(seconds), round(middle + (index * _GOLDEN % 1 - 0.5) * _SPREAD, 1))
        for index, seconds in enumerate(entry.seconds)
    ]
    return {
        "title": entry.contestant.title,
        "kind": "ours" if entry.contestant.name == ours else "dot",
        "middle": middle,
        "dots": dots,
        "median": None if entry.median is None else scale.place(entry.median),
        "told": "never" if entry.median is None else f"{entry.median:.2f} s",
        "lost": lost(len(entry.seconds), len(entry.turns)),
        "failed": failed(entry),
        "any_failed": entry.failed > 0,
        "broken": when_broken(entry),
        "serves_on": entry.median is None or entry.broken is None or entry.broken.serves_on,
    }
