"""A comparison as a table in Markdown, with what one needs to know to read it."""

from collections.abc import Iterator

from harness.benchmark.result import Comparison, Entry
from harness.benchmark.words import failed, lost, ranked, when, when_broken

__all__ = ["render"]

_HEAD = """\
| | save to live, median | slowest | beside ours | requests failed | with a syntax error |
|---|--:|--:|--:|--:|--:|
"""


def render(found: Comparison) -> str:
    """Return table, place and settings."""
    ours = found.entry(found.ours)
    rows = "".join(_row(it, ours) for it in ranked(found))
    settings = "".join(_settings(it) for it in found.entries)
    return f"{_HEAD}{rows}\n{_place(found)}\n\n{settings}"


def _row(entry: Entry, ours: Entry) -> str:
    numbers = [*_seconds(entry), _ratio(entry, ours), failed(entry), when_broken(entry)]
    cells = [entry.contestant.title, *numbers]
    if entry is ours:
        cells = [f"**{cell}**" for cell in cells]
    return f"| {' | '.join(cells)} |\n"


def _seconds(entry: Entry) -> Iterator[str]:
    if entry.median is None:
        yield from ("never", "never")
    else:
        yield f"{entry.median:.2f} s"
        yield lost(len(entry.seconds), len(entry.turns)) or f"{max(entry.seconds):.2f} s"


def _ratio(entry: Entry, ours: Entry) -> str:
    return f"{entry.median / ours.median:.1f}x" if entry.median and ours.median else "-"


def _place(found: Comparison) -> str:
    on = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    return (
        f"{when(found)}; {on}; Docker {found.engine.version}. Other programs took "
        f"{found.foreign:.0%} of the processors; load {found.machine.load:g} at the beginning; "
        f"{found.seconds / 60:.0f} min in all."
    )


def _settings(entry: Entry) -> str:
    name = f"{entry.contestant.title} {entry.version}".strip()
    return f"- {name}, {len(entry.turns)} saves: {entry.contestant.settings}\n"
