"""A measured value against its limit, as a bar."""

from typing import NamedTuple

from harness.criteria.quantity import shown
from harness.criteria.verdict import Measurement

__all__ = ["Bar", "bar"]

_ROOM = 1.15


class Bar(NamedTuple):
    """A bar on an axis from 0 to 100.

    Attributes:
        value: Where the value ends.
        limit: Where the limit stands.
        within: Whether the limit is kept.
        text: Value and limit in words.
        headroom: How far from the limit, in words; empty where it cannot be said.
    """

    value: float
    limit: float
    within: bool
    text: str
    headroom: str


def bar(measured: Measurement) -> Bar | None:
    """Return the bar of a measurement that has a limit above zero; None of any other."""
    if not measured.limit:
        return None
    room = max(measured.value, measured.limit) * _ROOM
    must = "limit" if measured.within else "must be"
    limit = f"{must} {measured.sign} {shown(measured.limit, measured.unit)}"
    return Bar(
        value=round(100 * max(measured.value, 0) / room, 2),
        limit=round(100 * measured.limit / room, 2),
        within=measured.within,
        text=f"{shown(measured.value, measured.unit, measured.limit)} ({limit})",
        headroom=_headroom(measured),
    )


def _headroom(measured: Measurement) -> str:
    if measured.headroom is None:
        return ""
    side = "headroom" if measured.within else "beyond"
    return f"{abs(measured.headroom):.0%} {side}"
