"""One small edit of one file of this repository."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

__all__ = ["Edit", "Mutant", "Rule", "made"]

_SHOWN = 70
_BEFORE = 30


@dataclass(frozen=True)
class Edit:
    """Characters `start` to `end` of a file are replaced."""

    start: int
    end: int
    new: str


Rule = Callable[[str], Iterator[Edit]]
"""Yields the edits of a text that one kind of mistake would make; named as the mistake is."""


@dataclass(frozen=True)
class Mutant:
    """A file with one edit.

    Attributes:
        rule: What kind of mistake it is.
        file: The file, relative to the checkout.
        line: Where the edit begins, counted from one.
        old: The lines that it is in, as they stood, on one line.
        new: The same as they stand now; empty where a piece of them is gone.
        text: The whole file after the edit.
        rest: What a piece that is gone leaves of them.
    """

    rule: str
    file: str
    line: int
    old: str
    new: str
    text: str = field(repr=False)
    rest: str = ""

    @property
    def change(self) -> str:
        """What became of what, in short: the piece of a long line in which they differ."""
        return _change(self.old, self.new or self.rest)

    @property
    def key(self) -> str:
        """A name that stays when lines above come and go; seeds choose by it."""
        return f"{self.file}: {self.rule}: {_change(self.old, self.new)}"


def made(rule: Rule, file: str, text: str) -> Iterator[Mutant]:
    """Yield what a rule makes of a file, each with the line that it is in for a name."""
    name = rule.__name__.replace("_", " ")
    for edit in rule(text):
        changed = text[: edit.start] + edit.new + text[edit.end :]
        if changed != text:
            old, new = _around(text, edit.start, edit.end), edit.new
            if edit.new:
                end = edit.start + len(edit.new)
                new = _around(changed, edit.start, end)
            line = text.count("\n", 0, edit.start) + 1
            before, now, rest = map(_on_one_line, (old, new, _rest(text, edit)))
            yield Mutant(name, file, line, before, now, changed, rest)


def _around(text: str, start: int, end: int) -> str:
    """Return the lines that hold a piece of a text."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", max(start, end - 1))
    return text[first : last if last >= 0 else len(text)]


def _rest(text: str, edit: Edit) -> str:
    """Return what an edit leaves of the lines that it is in."""
    around = _around(text, edit.start, edit.end)
    start = edit.start - text.rfind("\n", 0, edit.start) - 1
    return f"{around[:start]}{edit.new}{around[start + edit.end - edit.start :]}"


def _change(old: str, new: str) -> str:
    same = sum(1 for _ in takewhile(lambda it: it[0] == it[1], zip(old, new, strict=False)))
    start = same - _BEFORE if same > _BEFORE and len(old) > _SHOWN else 0
    return f"{_piece(old, start)} -> {_piece(new, start) or 'nothing'}"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _piece(text: str, start: int) -> str:
    piece = text[start : start + _SHOWN]
    before, after = "…" * (start > 0), "…" * (start + _SHOWN < len(text))
    return f"{before}{piece}{after}" if piece else ""
