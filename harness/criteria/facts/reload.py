"""What a save does to the gateway: which process serves, how often it changes, what is logged."""

import re
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from harness.criteria.facts.model import Facts
from harness.criteria.facts.probe import Probe
from harness.criteria.facts.processors import Others
from harness.criteria.facts.serving import Serving, serving
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, until, until_due

__all__ = ["WAYS", "Burst", "Line", "ReloadFacts", "Save", "observe"]

WAYS = ("edit", "replace", "new file", "new directory", "rename", "delete")
"""The ways of saving that must be noticed, in the order in which they are made."""

_PATIENCE = 20.0
# So long the same process must serve before a save is taken to have had all its effects.
_SETTLED = 8.0
_IGNORED = 3.0
_BURST = 10
_PAUSES = (0.0, 0.1)
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?")


class Line(Facts):
    """A line of the log that names the saved file.

    Attributes:
        seconds: Its own time, since the save; None where it has none that tells the zone.
    """

    seconds: float | None


class Save(Facts):
    """One save.

    Attributes:
        way: How the file was saved.
        noticed: Seconds until another process served; None where none did.
        restarts: How many processes came to serve, one after the other.
        gone: Whether the process that served before has ended.
        lines: The lines that name the file, in the log's order.
    """

    way: str
    noticed: float | None
    restarts: int
    gone: bool
    lines: tuple[Line, ...]


class Burst(Facts):
    """Ten saves of one file.

    Attributes:
        pause: Seconds from each to the next.
        restarts: How many processes came to serve, or lines named the file, whichever is more.
        last: Whether what serves in the end is what was saved last.
    """

    pause: float
    restarts: int
    last: bool


class ReloadFacts(Facts):
    """All that was saved, and what came of it.

    Attributes:
        other: How many processes came to serve after a file of another kind was saved.
        recovered: Seconds until a good save was served after one with a syntax error; None where
            it never was.
        foreign: What part of the processors other programs had meanwhile, from 0 to 1.
    """

    saves: tuple[Save, ...]
    other: int
    bursts: tuple[Burst, ...]
    recovered: float | None
    foreign: float


def observe(stack: Stack) -> ReloadFacts:
    """Save in every way, and put all back."""
    return _Observer(stack).observe()


class _Observer:
    def __init__(self, stack: Stack) -> None:
        self._probe = Probe(stack).answering()
        self._container = stack.container
        self._path = stack.project.config.probe.url

    def observe(self) -> ReloadFacts:
        made, others = _Made(self._probe.path.parent), Others(lambda: [self._container])
        try:
            with self._probe.kept():
                saves = tuple(self._save(way, made) for way in WAYS)
                other = self._effects(made.save_other, _IGNORED)
                bursts = tuple(self._burst(pause) for pause in _PAUSES)
                recovered = self._recover()
                foreign = others.part()
        finally:
            made.remove()
        self._wait_for_other(self._serving(), seconds=_PATIENCE)
        return ReloadFacts(
            saves=saves, other=other, bursts=bursts, recovered=recovered, foreign=foreign
        )

    def _serving(self) -> Serving | None:
        return serving(self._container, self._path)

    def _before(self) -> Serving | None:
        """Return who serves before a save; a look that is too slow must not make it another."""
        with suppress(PollTimeoutError):
            return until(self._serving, seconds=_PATIENCE, what="somebody serves")
        return None

    def _wait_for_other(self, before: Serving | None, *, seconds: float) -> Serving | None:
        def look() -> Serving | None:
            found = self._serving()
            return found if found != before else None

        try:
            return until(look, seconds=seconds, what="another process serves")
        except PollTimeoutError:
            return None

    def _effects(self, save: Callable[[], object], seconds: float) -> int:
        """Count the processes that come to serve after a save, until one stays."""
        before, count = self._before(), 0
        save()
        while (found := self._wait_for_other(before, seconds=seconds)) is not None:
            before, count, seconds = found, count + 1, _SETTLED
        return count

    def _save(self, way: str, made: "_Made") -> Save:
        before, moment = self._before(), datetime.now(UTC)
        started = time.monotonic()
        name = made.save(way, self._probe)
        found = self._wait_for_other(before, seconds=_PATIENCE)
        noticed = None if found is None else round(time.monotonic() - started, 3)
        more = 0 if found is None else self._effects(lambda: None, _SETTLED)
        return Save(
            way=way,
            noticed=noticed,
            restarts=(found is not None) + more,
            gone=before is None or self._is_gone(before),
            lines=self._lines(name, moment),
        )

    def _is_gone(self, process: Serving) -> bool:
        with suppress(PollTimeoutError):
            return until(
                lambda: process.is_gone(self._container), seconds=_PATIENCE, what="the old one ends"
            )
        return False

    def _lines(self, name: str, since: datetime) -> tuple[Line, ...]:
        log = self._container.logs(since=since.timestamp()).decode(errors="replace")
        found = [line for line in log.splitlines() if name in line]
        return tuple(Line(seconds=_seconds(line, since)) for line in found)

    def _burst(self, pause: float) -> Burst:
        moment = datetime.now(UTC)
        contents = [self._probe.edited() for _ in range(_BURST)]

        def save() -> None:
            # Only now: to look who serves before it takes as long as several saves.
            start = time.monotonic()
            for number, content in enumerate(contents):
                until_due(start + number * pause)
                self._probe.path.write_text(content, encoding="utf-8")

        served = self._effects(save, _PATIENCE)
        lines = self._lines(self._probe.path.name, moment)
        return Burst(
            pause=pause, restarts=max(served, len(lines)), last=self._is_last(contents[-1])
        )

    def _is_last(self, content: str) -> bool:
        """Whether the answer is the same when that content is saved again after another one."""
        ended = self._probe.value()
        self._probe.save(self._probe.edited())
        between = self._probe.wait_for_other(ended, seconds=_PATIENCE)
        self._probe.save(content)
        again = self._probe.wait_for_other(between, seconds=_PATIENCE)
        return None not in {ended, between} and again == ended

    def _recover(self) -> float | None:
        good, before = self._probe.edited(), self._probe.value()
        # It is noticed by whatever serves afterwards, or by nothing that can be seen from outside.
        self._effects(lambda: self._probe.save("export const broken = ;;;(\n"), _IGNORED)
        started = time.monotonic()
        self._probe.save(good)
        with suppress(PollTimeoutError):
            until(lambda: self._probe.value() not in {None, before}, seconds=_PATIENCE, what="it")
            return round(time.monotonic() - started, 3)
        return None


class _Made:
    """Files of its own beside the probe file, for what cannot be done to that one."""

    def __init__(self, directory: Path) -> None:
        token = uuid.uuid4().hex[:8]
        self._file = directory / f"probe_{token}.ts"
        self._renamed = directory / f"renamed_{token}.ts"
        self._nested = directory / f"probe_{token}" / f"nested_{token}.ts"
        self._other = directory / f"notes_{token}.md"

    def save(self, way: str, probe: Probe) -> str:
        """Save a file in that way; return what names it in the log."""
        if way == "edit":
            probe.path.write_text(probe.edited(), encoding="utf-8")
        elif way == "replace":
            probe.save(probe.edited())
        elif way == "new file":
            self._file.write_text("export {};\n", encoding="utf-8")
        elif way == "new directory":
            self._nested.parent.mkdir()
            self._nested.write_text("export {};\n", encoding="utf-8")
        elif way == "rename":
            self._file.rename(self._renamed)
        else:
            self._renamed.unlink()
        names = {"new file": self._file, "new directory": self._nested}
        names |= {"rename": self._renamed, "delete": self._renamed}
        return names.get(way, probe.path).name

    def save_other(self) -> None:
        """Save a file of another kind."""
        self._other.write_text("a note\n", encoding="utf-8")

    def remove(self) -> None:
        """Remove what is left of them."""
        for path in (self._file, self._renamed, self._nested, self._other):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            self._nested.parent.rmdir()


def _seconds(line: str, since: datetime) -> float | None:
    found = _STAMP.search(line)
    if not found or not found[1]:
        return None
    stamp = datetime.fromisoformat(found[0].replace(",", "."))
    return round((stamp - since).total_seconds(), 3)
