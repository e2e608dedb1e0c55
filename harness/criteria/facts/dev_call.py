"""Calls of `make dev`, which ends once the environment is up, or stays in front of it."""

import itertools
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from harness.criteria.facts.developer import Developer
from harness.poll import PollTimeoutError, until
from harness.scratch import scratch

__all__ = ["DevCall", "DevCalls", "dev_calls"]

# One that has stayed for so long beside an environment that serves, without a pause, stays: what is
# left to be said takes seconds. Of the calls after one that stayed none need be waited for so long.
_STAYS, _STAYS_AGAIN = 30.0, 10.0
# One that ends without waiting for what it started, as `docker compose up --detach` does, is given
# the time that this takes.
_COMES_UP = 60.0
_STEP = 1.0


@dataclass(frozen=True)
class DevCall:
    """One call.

    Attributes:
        status: Its exit status; None where it had not ended.
        seconds: How long it took to its end, or to an environment that serves, if it stays or does
            not wait for that.
        printed: What it had printed, standard error included.
    """

    status: int | None
    seconds: float
    printed: str


@dataclass
class DevCalls:
    """Calls of `make dev` in one checkout; `dev_calls` makes them and ends those that stay.

    Attributes:
        developer: Who calls.
        serves: Whether the environment does.
    """

    developer: Developer
    serves: Callable[[], bool]
    _logs: Path
    _running: ExitStack
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _patience: float = field(default_factory=lambda: _STAYS)

    def call(self, *, seconds: float) -> DevCall:
        """Call it, and return once it has ended, or stays beside an environment that serves.

        Args:
            seconds: How long it may take; one that takes longer has no status, and is ended.

        Raises:
            ToolError: make is missing.
        """
        log = self._logs / f"{next(self._numbers):03}.log"
        started = time.monotonic()
        with ExitStack() as this:
            child = this.enter_context(self.developer.beside(self.developer.make("dev"), log))
            served = self._wait(child, started + seconds)
            # What make says of being ended is not its own.
            status, printed = child.poll(), _text(log)
            if served is not None:
                self._patience = _STAYS_AGAIN
                self._running.enter_context(this.pop_all())
        if status == 0:
            self._wait_for_service()
        return DevCall(status, (served or time.monotonic()) - started, printed)

    def printed(self) -> str:
        """Return what all calls have printed so far, also since they returned."""
        return "".join(_text(it) for it in sorted(self._logs.iterdir()))

    def _wait_for_service(self) -> None:
        with suppress(PollTimeoutError):
            until(self.serves, seconds=_COMES_UP, what="the environment serves", every=_STEP)

    def _wait(self, child: "subprocess.Popen[bytes]", deadline: float) -> float | None:
        """Return when the environment began to serve beside a call that stays; None if it ends."""
        since: float | None = None
        while _goes_on(child):
            now = time.monotonic()
            since = (since or now) if self.serves() else None
            if since is not None and now - since >= self._patience:
                return since
            if now > deadline:
                return None
        return None


@contextmanager
def dev_calls(developer: Developer, serves: Callable[[], bool]) -> Iterator[DevCalls]:
    """Hand over calls of `make dev`, and end those that still go on after the block.

    Args:
        developer: Who calls.
        serves: Whether the environment does.
    """
    with scratch("make-dev") as logs, ExitStack() as running:
        yield DevCalls(developer, serves, logs, running)


def _goes_on(child: "subprocess.Popen[bytes]") -> bool:
    try:
        child.wait(_STEP)
    except subprocess.TimeoutExpired:
        return True
    return False


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")
