"""New behaviour of the scheduler's file: it is there soon after the save, and gone with it."""

import time
import uuid
from contextlib import suppress

from harness.criteria.facts.model import Facts
from harness.criteria.facts.probe import Probe
from harness.criteria.facts.processors import Others
from harness.criteria.facts.serving import serving
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, until, until_due

__all__ = ["BehaviourFacts", "observe"]

_PATIENCE = 30.0
_STILL = 0.5

# Nobody saves sooner who looks at what the last save did, and another check has just saved.
_THOUGHT = 5.0

# Something that goes on being done, so that code which was loaded but is not at work shows nothing.
_TICK = """
void import("node:fs").then((fs) => {
  setInterval(() => fs.appendFileSync("%s", `${process.pid}\\n`), 50).unref();
});
"""


class BehaviourFacts(Facts):
    """What an addition to the file did.

    Attributes:
        seconds: From the save until it was at work; None where it never was.
        serves: Whether the process that it was at work in is the one that serves.
        stopped: Whether it ended once it was taken back.
        container: Whether it all happened in one and the same container.
        foreign: What part of the processors other programs had until then, from 0 to 1.
    """

    seconds: float | None
    serves: bool
    stopped: bool
    container: bool
    foreign: float


def observe(stack: Stack) -> BehaviourFacts:
    """Let the file tick, see where it does, and take that back."""
    probe, container = Probe(stack), stack.container
    place = f"/tmp/harness-{uuid.uuid4().hex}"  # noqa: S108 -- in the container
    ticks = _Ticks(stack, place)
    with probe.kept():
        content = probe.path.read_text(encoding="utf-8")
        others = Others(lambda: [stack.container])
        until_due(time.monotonic() + _THOUGHT)
        started = time.monotonic()
        probe.save(content + _TICK % place)
        seen = _comes(ticks)
        seconds = round(time.monotonic() - started, 3) if seen else None
        foreign = others.part()
        with suppress(PollTimeoutError):
            until(lambda: _serves(stack, ticks), seconds=_PATIENCE, what="the ticking one serves")
        serves = _serves(stack, ticks)
    stopped = ticks.stop()
    same = stack.container.attrs["State"]["StartedAt"] == container.attrs["State"]["StartedAt"]
    same = same and stack.container.id == container.id
    return BehaviourFacts(
        seconds=seconds, serves=serves, stopped=stopped, container=same, foreign=foreign
    )


class _Ticks:
    def __init__(self, stack: Stack, place: str) -> None:
        self._stack = stack
        self._place = place

    def pids(self) -> list[str]:
        """Return the number of the process that ticked, for each tick."""
        return self._stack.exec(["cat", self._place]).stdout.split()

    def stop(self) -> bool:
        """Wait until there are no more of them."""
        with suppress(PollTimeoutError):
            return until(self._still, seconds=_PATIENCE, what="no more ticks")
        return False

    def _still(self) -> bool:
        before = len(self.pids())
        until_due(time.monotonic() + _STILL)
        return len(self.pids()) == before


def _comes(ticks: _Ticks) -> bool:
    with suppress(PollTimeoutError):
        return bool(until(ticks.pids, seconds=_PATIENCE, what="a tick"))
    return False


def _serves(stack: Stack, ticks: _Ticks) -> bool:
    found, pids = serving(stack.container, stack.project.config.probe.url), ticks.pids()
    return found is not None and bool(pids) and pids[-1] == str(found.pid)
