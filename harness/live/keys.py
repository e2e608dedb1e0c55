"""The keys of a terminal, one by one and without echo; the terminal is put back afterwards."""

import asyncio
import os
import signal
import termios
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

__all__ = ["CTRL_C", "CTRL_D", "Keyboard"]

CTRL_C, CTRL_D = "\x03", "\x04"
_ESCAPE = "\x1b"
_LOCAL, _CHARACTERS = 3, 6
_NONE = b"\x00"


class Keyboard:
    """The keyboard of the terminal that a file leads to.

    Ctrl-C comes as a key: as a signal it would end a `make` around this process too, which then
    complains. Ctrl-Z goes on to suspend.

    Args:
        file: The terminal's file descriptor.
        on_key: Called with each character that is typed.
        on_stop: Called before Ctrl-Z stops the process.
        on_return: Called when it goes on.
    """

    def __init__(
        self,
        file: int,
        on_key: Callable[[str], None],
        *,
        on_stop: Callable[[], None],
        on_return: Callable[[], None],
    ) -> None:
        self._file = file
        self._on_key = on_key
        self._on_stop = on_stop
        self._on_return = on_return
        self._before = termios.tcgetattr(file)

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._file)
        loop.remove_signal_handler(signal.SIGTSTP)
        self._put_back()

    def _listen(self) -> None:
        mode = termios.tcgetattr(self._file)
        mode[_LOCAL] &= ~(termios.ECHO | termios.ICANON)
        mode[_CHARACTERS][termios.VINTR] = _NONE
        mode[_CHARACTERS][termios.VMIN] = 1
        mode[_CHARACTERS][termios.VTIME] = 0
        termios.tcsetattr(self._file, termios.TCSADRAIN, mode)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._file, self._read)
        loop.add_signal_handler(signal.SIGTSTP, self._suspend)

    def _put_back(self) -> None:
        with suppress(termios.error):  # the terminal is gone, and with it whoever could see that
            termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def _read(self) -> None:
        try:
            typed = os.read(self._file, 1024).decode(errors="ignore")
        except OSError:
            typed = ""
        if not typed:  # the terminal is gone
            self._on_key(CTRL_D)
        if typed.startswith(_ESCAPE):  # an arrow or a function key, in several characters
            return
        for character in typed:
            self._on_key(character)

    def _suspend(self) -> None:
        self._on_stop()
        self._put_back()
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGTSTP)  # stops here, and goes on at SIGCONT
        self._listen()
        self._on_return()
