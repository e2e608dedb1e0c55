"""A terminal with a program in it: what is on its screen, and keys to press."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pexpect
import pyte

from harness.poll import until

__all__ = ["Terminal", "terminal"]

_PATIENCE = 120.0


class Terminal:
    """A terminal.

    Attributes:
        child: The program in it.
        raw: All that the program has written.
        chunks: The same in pieces, each with when it was read, in seconds of a clock of its own.
    """

    def __init__(self, child: "pexpect.spawn[str]", rows: int, columns: int) -> None:
        self.child = child
        self.raw = ""
        self.chunks: list[tuple[float, str]] = []
        self._screen = pyte.HistoryScreen(columns, rows, history=1000)
        self._stream = pyte.Stream(self._screen)

    def lines(self) -> list[str]:
        """Return what is on the screen, without empty lines at the end."""
        self._read()
        text = "\n".join(line.rstrip() for line in self._screen.display)
        return text.rstrip("\n").split("\n")

    def history(self) -> list[str]:
        """Return what was on the screen or has left it at the top."""
        self._read()
        columns = range(self._screen.columns)
        gone = ["".join(line[x].data for x in columns) for line in self._screen.history.top]
        return [line.rstrip() for line in gone] + self.lines()

    def see(self, pattern: str, *, seconds: float = _PATIENCE) -> str:
        """Wait until a line matches, and return that line."""

        def look() -> str | None:
            found = (line for line in self.lines() if re.search(pattern, line))
            return next(found, None)

        try:
            return until(look, seconds=seconds, what=f"{pattern!r} is on the screen")
        except Exception as error:
            raise AssertionError(f"{error}\n" + "\n".join(self.lines())) from error

    def never_saw(self, pattern: str) -> bool:
        """Whether nothing of the kind was ever written."""
        self._read()
        return re.search(pattern, self.raw) is None

    def style(self, text: str) -> str:
        """Return the colour of a text's first character on the screen."""
        for number, line in enumerate(self.lines()):
            if text in line:
                return str(self._screen.buffer[number][line.index(text)].fg)
        raise AssertionError(f"{text!r} is not on the screen: {self.lines()}")

    def press(self, keys: str) -> None:
        """Type."""
        self.child.send(keys)

    def resize(self, rows: int, columns: int) -> None:
        """Make the window another size."""
        self._read()
        self._screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def end(self) -> tuple[int | None, int | None]:
        """Wait for the program's end; return its status, or the signal that ended it."""
        until(self._has_ended, seconds=_PATIENCE, what="the program ends")
        self.child.close()
        return self.child.exitstatus, self.child.signalstatus

    def _has_ended(self) -> bool:
        self._read()
        return not self.child.isalive()

    def _read(self) -> None:
        if self.child.closed:
            return
        try:
            while True:
                chunk = self.child.read_nonblocking(1 << 16, timeout=0)
                self.raw += chunk
                self.chunks.append((time.monotonic(), chunk))
                self._stream.feed(chunk)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return


@contextmanager
def terminal(
    command: Sequence[str], *, env: Mapping[str, str], rows: int = 24, columns: int = 120
) -> Iterator[Terminal]:
    """Start a program in a terminal of its own, and end it if it has not ended."""
    child: pexpect.spawn[str] = pexpect.spawn(
        command[0],
        list(command[1:]),
        env=dict(env),
        dimensions=(rows, columns),
        encoding="utf-8",
        codec_errors="replace",
    )
    try:
        yield Terminal(child, rows, columns)
    finally:
        child.close(force=True)
