"""Notice that whoever is at the other end has gone."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["reader_gone", "signals", "writer_gone"]

_LEAVE = (signal.SIGINT,)
_END = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@contextmanager
def signals(leave: Callable[[], None]) -> Iterator[None]:
    """Leave in good order on a signal, then let it do what it does.

    SIGINT, a Ctrl-C, is the way to leave; nothing more comes of it.
    """
    loop = asyncio.get_running_loop()
    came: list[signal.Signals] = []

    def on(number: signal.Signals) -> None:
        came.append(number)
        leave()

    for number in (*_LEAVE, *_END):
        loop.add_signal_handler(number, on, number)
    try:
        yield
    finally:
        for number in (*_LEAVE, *_END):
            loop.remove_signal_handler(number)
    for number in came:
        if number in _END:
            signal.raise_signal(number)


@contextmanager
def writer_gone(leave: Callable[[], None]) -> Iterator[None]:
    """Leave when standard input ends, if another program writes to it."""
    file = sys.stdin.fileno()

    def look() -> None:
        if not os.read(file, 1 << 16):
            asyncio.get_running_loop().remove_reader(file)
            leave()

    with _readable(file, look, stat.S_ISFIFO, stat.S_ISSOCK):
        yield


@contextmanager
def reader_gone(leave: Callable[[], None]) -> Iterator[None]:
    """Leave when nobody reads standard output any more, if it is a pipe."""
    file = sys.stdout.fileno()

    def look() -> None:
        asyncio.get_running_loop().remove_reader(file)
        leave()

    # The writing end of a pipe can be read from, as the kernel has it, once its reader is gone.
    with _readable(file, look, stat.S_ISFIFO):
        yield


@contextmanager
def _readable(file: int, on: Callable[[], object], *kinds: Callable[[int], bool]) -> Iterator[None]:
    mode = os.fstat(file).st_mode
    if not any(kind(mode) for kind in kinds):
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_reader(file, on)
    try:
        yield
    finally:
        loop.remove_reader(file)
