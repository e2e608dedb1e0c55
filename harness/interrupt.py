"""SIGTERM, as `timeout` or a CI sends it, ends things in good order as Ctrl-C does."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interruptible", "is_ending"]


@contextmanager
def interruptible() -> Iterator[None]:
    """Take the first SIGTERM for a Ctrl-C while the block runs; what takes things down begins.

    Those that follow are not heeded: `timeout` sends two at once, to the process and to its group.
    """
    if threading.current_thread() is not threading.main_thread():  # no other is told of signals
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def is_ending() -> None:
    """Heed no SIGTERM in such a block any more: Ctrl-C has come, and a CI sends both in a row."""
    if signal.getsignal(signal.SIGTERM) is _interrupt:
        signal.signal(signal.SIGTERM, _unheeded)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    is_ending()
    if callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)  # asyncio has an answer of its own
    else:  # a shell that runs it in the background has it ignored
        raise KeyboardInterrupt


def _unheeded(_number: int, _frame: FrameType | None) -> None:
    """Do nothing; SIG_IGN would go on in every program that is started now."""
