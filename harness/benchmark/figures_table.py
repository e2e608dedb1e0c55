"""The figures as a table in Markdown, with what one needs to know to read it."""

from collections.abc import Iterator

from harness.benchmark.figures import Crowd, Figures, Series
from harness.benchmark.words import lost, when

__all__ = ["render"]

_HEAD = """\
| saves | median | p95 | slowest | requests failed |
|---|--:|--:|--:|--:|
"""
_MIB = 2**20


def render(found: Figures) -> str:
    """Return table and place."""
    rows = "".join(_rows(found))
    return f"{_HEAD}{rows}\n{_place(found)}\n"


def _rows(found: Figures) -> Iterator[str]:
    for series in found.paces:
        yield _row(f"{series.every:g} s apart", series)
    yield _row(f"{found.beside_loops.every:g} s apart, beside two busy loops", found.beside_loops)
    for crowd in found.crowds:
        yield _crowd(crowd)


def _row(name: str, series: Series) -> str:
    p95 = f"{series.p95:.2f} s" if series.seconds else "never"
    failed = f"{series.failed:,} of {series.asked:,}"
    return f"| {name} | {_median(series)} | {p95} | {_slowest(series)} | {failed} |\n"


def _crowd(crowd: Crowd) -> str:
    failed, asked = (sum(getattr(it, name) for it in crowd.turns) for name in ("failed", "asked"))
    name = f"at rest, with {crowd.files:,} files"
    return f"| {name} | {_median(crowd)} | - | {_slowest(crowd)} | {failed:,} of {asked:,} |\n"


def _median(found: Series | Crowd) -> str:
    return f"{found.median:.2f} s" if found.seconds else "never"


def _slowest(found: Series | Crowd) -> str:
    return lost(len(found.seconds), found.saves) or f"{max(found.seconds):.2f} s"


def _place(found: Figures) -> str:
    return (
        f"{when(found)}; Docker {found.engine.version}. {found.paces[0].saves} saves in "
        f"each row, {found.crowds[0].saves} in the last two. Other programs took "
        f"{found.foreign:.0%} of the processors. The gateway that serves holds "
        f"{found.gateway_bytes / _MIB:.0f} MiB, the one that is kept warm "
        f"{found.standby_bytes / _MIB:.0f} MiB; a save costs {found.seconds_per_save:g} s of "
        f"processor time."
    )
