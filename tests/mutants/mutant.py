"""One small edit of one file of this repository."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

__all__ = ["Edit", "Mutant", "Rule", "made"]

_SHOWN = 70


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
        old: What stood there, in short.
        new: What stands there now, in short.
        text: The whole file after the edit.
    """

    rule: str
    file: str
    line: int
    old: str
    new: str
    text: str = field(repr=False)

    @property
    def key(self) -> str:
        """A name that stays when lines above come and go."""
        return f"{self.file}: {self.rule}: {self.old} -> {self.new or 'nothing'}"


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
            yield Mutant(name, file, line, _short(old), _short(new), changed)


def _around(text: str, start: int, end: int) -> str:
    """Return the lines that hold a piece of a text."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", max(start, end - 1))
    return text[first : last if last >= 0 else len(text)]


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
