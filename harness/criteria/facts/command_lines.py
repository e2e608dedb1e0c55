"""The command lines of every process of the machine, while something runs."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.beside import beside

__all__ = ["watched"]

_PROC = Path("/proc")
_PAUSE = 0.01
_YOUNG, _SELDOM = 10, 20


@contextmanager
def watched() -> Iterator[set[bytes]]:
    """Collect the command lines of all processes but this one while the block runs.

    One that lives for less than some milliseconds may be missed, so what is shown by none of a
    command's many processes is no proof by itself; what is shown by one is.
    """
    seen: set[bytes] = set()
    with beside(lambda over: _watch(seen, over)):
        yield seen


def _watch(seen: set[bytes], over: threading.Event) -> None:
    young: dict[str, int] = {}
    while not over.wait(_PAUSE):
        there = [name for name in os.listdir(_PROC) if name.isdecimal()]  # noqa: PTH208 -- often
        # A process may become another program at any time, but seldom does when it is old.
        young = {name: young.get(name, 0) + 1 for name in there}
        for name, looks in young.items():
            if (looks < _YOUNG or looks % _SELDOM == 0) and int(name) != os.getpid():
                with suppress(OSError):
                    seen.add((_PROC / name / "cmdline").read_bytes())
