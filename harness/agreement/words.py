"""What came of the rounds, for a person."""

from collections.abc import Iterator, Mapping

from harness.agreement.record import Agreement, Difference

__all__ = ["lines"]


def lines(found: Agreement) -> Iterator[str]:
    """Yield the conclusion, and each criterion whose verdicts differ with why it did not pass."""
    differing = found.differences()
    what = f"{len(differing)} verdicts differ" if differing else "no verdict differs"
    yield f"{_rounds(found)}: {what}"
    for it in differing:
        yield f"{it.criterion}: {_told(it)}"
        yield from (f"    {reason}" for reason in it.reasons)


def _rounds(found: Agreement) -> str:
    kinds = {"quiet": False, "beside busy loops": True}
    counts = {name: len(found.of(busy=busy)) for name, busy in kinds.items()}
    told = [
        f"{count} {name} (median {found.median(busy=kinds[name])} s)"
        for name, count in counts.items()
        if count
    ]
    return " and ".join(told) or "no rounds"


def _told(it: Difference) -> str:
    parts = {"quiet": it.quiet, "busy": it.busy}
    return "; ".join(f"{name} {_counts(found)}" for name, found in parts.items() if found)


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in found.items())
