"""Stages beside one stage as a table in Markdown, with what one needs to know to read it."""

from collections.abc import Iterator

from harness.benchmark.one_stage import OneStage
from harness.benchmark.words import when

__all__ = ["render"]

_HEAD = """\
| | stages | one stage |
|---|--:|--:|
"""
_GIGABYTE, _MINUTE = 1e9, 60


def render(found: OneStage) -> str:
    """Return table and place."""
    rows = "".join(f"| {' | '.join(row)} |\n" for row in _rows(found))
    return f"{_HEAD}{rows}\n{_place(found)}\n"


def _rows(found: OneStage) -> Iterator[tuple[str, ...]]:
    both = (found.stages, found.naive)
    yield "size", *(f"{it.bytes / _GIGABYTE:.2f} GB" for it in both)
    yield "cold", "-", f"{found.cold_seconds / _MINUTE:.0f} min"
    yield "after a change of sources", *(f"{it.rebuild_seconds:.1f} s" for it in both)
    yield "steps found done, over recorded commits", *(_share(it.by_count) for it in both)
    yield "the same by time", *(_share(it.by_seconds, digits=2) for it in both)
    for name, seconds in found.again.items():
        yield f"steps that run again after a change of `{name}`", "-", f"{seconds:.0f} s"


def _share(share: float | None, *, digits: int = 1) -> str:
    """Return a share as a percentage; with one digit 99.96 would read as all of it."""
    return "unknown" if share is None else f"{share:.{digits}%}"


def _place(found: OneStage) -> str:
    return (
        f"{when(found)}; Docker {found.engine.version}; load {found.machine.load:g} at the "
        "beginning. Of the one stage, size and the first two times are measured; the rest is "
        "worked out from what its steps took in the cold build: all of it runs again from the "
        "first step on that was changed, or copies something that was."
    )
