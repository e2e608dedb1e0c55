"""`make dev-logs`: it follows, and Ctrl-C ends it."""

import time
import uuid
from contextlib import suppress

import pexpect
import psutil

from harness.criteria.facts.developer import Developer
from harness.criteria.facts.model import Facts
from harness.criteria.facts.processors import Others
from harness.docker.stack import Stack

__all__ = ["LogFacts", "observe"]

TARGET = "dev-logs"
# So long even a busy machine takes to attach; what fails ends at once.
_PATIENCE = 60.0
# One that shows what there is, and follows nothing, ends well within these seconds.
_STAYS = 2.0
_TRACE = ("Traceback (most recent call last)", "panic:", "goroutine ")


class LogFacts(Facts):
    """What the command did.

    Attributes:
        followed: Seconds until a line that was logged while it ran was shown; None if it never was.
        ended: Seconds from Ctrl-C to its end; None if it did not end.
        left: How many processes it left behind.
        trace: Whether it ended with a stack trace.
        running: Whether the container still runs.
        foreign: What part of the processors other programs had from Ctrl-C on, from 0 to 1.
    """

    followed: float | None
    ended: float | None
    left: int
    trace: bool
    running: bool
    foreign: float


def observe(stack: Stack) -> LogFacts:
    """Follow the logs in a terminal, log something, and press Ctrl-C."""
    developer = Developer(stack.project, stack.engine)
    with developer.terminal(developer.make(TARGET)) as child:
        # The first line proves that it is attached; only what is logged after that counts.
        attached = _seconds_to_see(stack, child) is not None and _stays(child)
        followed = _seconds_to_see(stack, child) if attached else None
        family = psutil.Process(child.pid).children(recursive=True)
        others = Others(lambda: [stack.container])
        ended, said = _interrupt(child)
        running = stack.container.status == "running"
        # Of a container that has ended the engine tells no time.
        foreign = others.part() if running else 0.0
        left = [it for it in psutil.wait_procs(family, timeout=2)[1] if it.is_running()]
    return LogFacts(
        followed=followed,
        ended=ended,
        left=len(left),
        trace=any(word in said for word in _TRACE),
        running=running,
        foreign=foreign,
    )


def _seconds_to_see(stack: Stack, child: "pexpect.spawn[str]") -> float | None:
    marker = uuid.uuid4().hex
    started = time.monotonic()
    _log(stack, marker)
    if child.expect([marker, pexpect.EOF, pexpect.TIMEOUT], timeout=_PATIENCE) != 0:
        return None
    return round(time.monotonic() - started, 3)


def _stays(child: "pexpect.spawn[str]") -> bool:
    return child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=_STAYS) == 0


def _log(stack: Stack, text: str) -> None:
    """Print a line on the container's own standard output, as its first process would."""
    for user in (None, "0"):
        if stack.exec(["sh", "-c", 'echo "$1" > /proc/1/fd/1', "sh", text], user=user).ok:
            return


def _interrupt(child: "pexpect.spawn[str]") -> tuple[float | None, str]:
    started = time.monotonic()
    with suppress(OSError):
        child.sendintr()
    if child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=_PATIENCE) != 0:
        return None, str(child.before)
    return round(time.monotonic() - started, 3), str(child.before)
