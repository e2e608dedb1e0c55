"""From a save to the first answer that carries it, again and again."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from harness.criteria.facts.model import Facts
from harness.criteria.facts.probe import Probe
from harness.criteria.facts.processors import Others
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, until, until_due
from harness.quantile import quantile

__all__ = ["SaveFacts", "Saver", "measured", "reloader_of"]

_PATIENCE = 30.0
_SETTLED = 60.0
# Nobody saves again sooner who looks at what the last save did.
_THOUGHT = 2.0


class SaveFacts(Facts):
    """The series.

    Attributes:
        reloader: What reloads, as the environment names it; empty where it does not.
        seconds: From each save to the first answer that carried it.
        lost: How many saves were never served.
        returned: Whether the answer is as before once the file is: else it changes by itself too.
        foreign: What part of the processors other programs had during each save, from 0 to 1.
    """

    reloader: str
    seconds: tuple[float, ...]
    lost: int
    returned: bool
    foreign: tuple[float, ...]

    def quantile(self, part: float) -> float:
        """Return what this part of the series does not exceed."""
        return quantile(self.seconds, part)


class Saver:
    """Saves the probe file and waits until the gateway serves it.

    Args:
        stack: A stack whose checkout may be edited.
        pause: Seconds from the answer to one save to the next save.

    Attributes:
        lost: How many saves were never served.
        returned: Whether the answer came back with the file, once that was put back.
    """

    def __init__(self, stack: Stack, *, pause: float = 0.0) -> None:
        self._stack = stack
        self._pause = pause
        self._others: Others | None = None
        self._foreign: list[float] = []
        self._due = time.monotonic()
        self._probe = Probe(stack).answering()
        self._before: str | None = None
        self._content = ""
        self.lost = 0
        self.returned = False

    def prepare(self, *, due: float = 0.0) -> None:
        """Wait until the gateway answers and that time on the monotonic clock has come."""
        self._look()
        self._before = until(self._probe.value, seconds=_SETTLED, what="the gateway answers")
        self._content = self._probe.edited()
        until_due(max(self._due, due))
        self._others = Others(lambda: [self._stack.container])

    def foreign(self) -> tuple[float, ...]:
        """Return what part of the processors others had during each save since the last call."""
        self._look()
        told, self._foreign = tuple(self._foreign), []
        return told

    def _look(self) -> None:
        """Look at others after a save, and not in it: that would count as the save's time."""
        if self._others:
            self._foreign.append(self._others.part())
            self._others = None

    def save(self) -> None:
        """Save, and return when the edit is served or is taken for lost."""
        self._probe.save(self._content)
        if self._probe.wait_for_other(self._before, seconds=_PATIENCE) is None:
            self.lost += 1
        self._due = time.monotonic() + self._pause

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Put the file back in the end, and see whether the answer comes back with it."""
        first = until(self._probe.value, seconds=_SETTLED, what="the gateway answers")
        with self._probe.kept():
            yield
            self.prepare()
        self.returned = self._comes(first) or self._comes_again()

    def _comes_again(self) -> bool:
        """Whether the answer comes back of one more save.

        The first answer may still have been one to what somebody else had saved before.
        """
        first = until(self._probe.value, seconds=_SETTLED, what="the gateway answers")
        with self._probe.kept():
            self._probe.save(self._probe.edited())
            if self._probe.wait_for_other(first, seconds=_PATIENCE) is None:
                return False
        return self._comes(first)

    def _comes(self, value: str | None) -> bool:
        """Whether the gateway answers this in time."""
        with suppress(PollTimeoutError):
            until(lambda: self._probe.value() == value, seconds=_PATIENCE, what="it comes back")
            return True
        return False


def measured(stack: Stack, measure: Callable[[Saver], tuple[float, ...]]) -> SaveFacts:
    """Measure a series.

    Args:
        stack: A stack whose checkout may be edited.
        measure: Calls the saver's `prepare` and `save` in turn and returns the seconds that each
            `save` took.
    """
    saver = Saver(stack, pause=_THOUGHT)
    with saver.kept():
        seconds = measure(saver)
        foreign = saver.foreign()
    return SaveFacts(
        reloader=reloader_of(stack),
        seconds=seconds,
        lost=saver.lost,
        returned=saver.returned,
        foreign=foreign,
    )


def reloader_of(stack: Stack) -> str:
    """Return what reloads, as the environment names it; empty where it does not."""
    return stack.exec(["printenv", "LOA_RELOADER"]).stdout.strip()
