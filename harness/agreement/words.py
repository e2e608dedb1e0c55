"""What came of the rounds, for a person."""

from collections.abc import Iterator, Mapping

from harness.agreement.record import Agreement, Difference, Kind

__all__ = ["lines"]


def lines(found: Agreement) -> Iterator[str]:
    """Yield the conclusion, each criterion whose verdicts differ with why, and what was left."""
    differing = found.differences()
    what = f"{len(differing)} verdicts differ" if differing else "no verdict differs"
    yield f"{_rounds(found)}: {what}"
    for it in differing:
        yield f"{it.criterion}: {_told(it)}"
        yield from (f"    {reason}" for reason in it.reasons)
    yield from (f"left behind: {thing}" for thing in found.left())


def _rounds(found: Agreement) -> str:
    counts = {kind: len(found.of(kind)) for kind in Kind}
    told = [
        f"{count} {kind} (median {found.median(kind)} s)" for kind, count in counts.items() if count
    ]
    return " and ".join(told) or "no rounds"


def _told(it: Difference) -> str:
    return "; ".join(f"{kind} {_counts(found)}" for kind, found in it.counts.items())


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in found.items())
