"""Stay with a stack: in a terminal, or for another program."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import PurePosixPath

from harness.console import Region, log
from harness.live.actions import Actions
from harness.live.client import Reloader
from harness.live.events import State
from harness.live.json_lines import JsonLines
from harness.live.keys import Keyboard
from harness.live.messages import Key, Message, Told
from harness.live.session import Session
from harness.live.stdio import reader_gone, signals, writer_gone
from harness.live.target import Target
from harness.live.view import View

__all__ = ["can_stay", "stay", "stream"]

_FRAME = 0.1


def can_stay() -> bool:
    """Whether a person is at both ends, and this process is what they look at."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:  # a terminal that sends this process no signals: its session is another one
        return False


def stay(target: Target) -> None:
    """Show what happens in a terminal until the person leaves.

    Raises:
        HarnessError: There is nothing to be attached to any more; the message says why.
    """
    asyncio.run(_stay(target))


def stream(target: Target) -> None:
    """Print a JSON object an event until Ctrl-C, or until the program at the other end has gone.

    Raises:
        HarnessError: There is nothing to be attached to any more; the message says why.
    """
    try:
        asyncio.run(_stream(target))
    except BrokenPipeError:
        _drop_output()


async def _stay(target: Target) -> None:
    async with Reloader(target.health_url) as reloader:
        session = Session(target, reloader)
        layer = target.project.layer.relative_to(target.project.root)
        view = View(
            log.show,
            width=lambda: log.width - 1,
            layer=PurePosixPath(layer),
            check=session.check,
            redraws=log.redraws,
        )
        with signals(session.leave), log.region(view.region) as region:
            await _Screen(session, view, region).run()
            view.close()


class _Screen:
    """Draws the view whenever something changed, and reads the keys."""

    def __init__(self, session: Session, view: View, region: Region) -> None:
        self._session = session
        self._view = view
        self._region = region
        self._actions = Actions(session, view)
        self._loop = asyncio.get_running_loop()
        self._next: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        keyboard = Keyboard(
            sys.stdin.fileno(),
            lambda character: self._session.tell(Key(character)),
            on_stop=self._region.hide,
            on_return=self._region.show,
        )
        self._loop.add_signal_handler(signal.SIGWINCH, self._region.refresh)
        try:
            with keyboard:
                await self._session.run(self._show)
        finally:
            self._loop.remove_signal_handler(signal.SIGWINCH)
            if self._next:
                self._next.cancel()

    def _show(self, message: Message) -> None:
        if isinstance(message, Key):
            self._actions.press(message.character)
        if isinstance(message, Told) and isinstance(message.event, State):
            self._actions.resume_log()
        self._view.on(message)
        self._draw()

    def _draw(self) -> None:
        self._region.refresh()
        if self._next:
            self._next.cancel()
        self._next = self._loop.call_later(_FRAME, self._draw) if self._view.moves else None


async def _stream(target: Target) -> None:
    async with Reloader(target.health_url) as reloader:
        session = Session(target, reloader)
        probe = target.project.config.probe.url

        def urls() -> dict[str, str]:
            gateway = target.gateway_url
            return {
                "health": f"{target.health_url}/health",
                "gateway": gateway,
                "probe": f"{gateway}{probe}",
            }

        display = JsonLines(log.emit, urls=urls, check=session.check)
        leave = session.leave
        with signals(leave), writer_gone(leave), reader_gone(leave):
            await session.run(display.on)


def _drop_output() -> None:
    # What is still buffered would fail once more when Python ends.
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
