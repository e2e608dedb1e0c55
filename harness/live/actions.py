"""What the keys do."""

import asyncio

import httpx

from harness.errors import HarnessError
from harness.live import keys
from harness.live.browser import open_page
from harness.live.messages import LogLine, Note
from harness.live.session import Session
from harness.live.threads import in_thread
from harness.live.view import View
from harness.process import beside

__all__ = ["Actions"]


class Actions:
    """Does what a key asks for.

    Args:
        session: What is attached to.
        view: What shows it.
    """

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._log: asyncio.Task[None] | None = None
        self._restarting: asyncio.Task[None] | None = None

    def press(self, key: str) -> None:
        """Do it; a key that means nothing does nothing."""
        match key.lower():
            case "r" if self._restarting is None or self._restarting.done():
                self._restarting = self._session.start(self._restart())
            case "o":
                self._session.start(self._open())
            case "l":
                self._toggle_log()
            case "q" | keys.CTRL_C | keys.CTRL_D:
                self._session.leave()

    def resume_log(self) -> None:
        """Go on with the log of a container that was started again."""
        if self._view.shows_log and (self._log is None or self._log.done()):
            self._log = self._session.start(self._follow_log())

    async def _restart(self) -> None:
        session = self._session
        try:
            if session.takes_orders:
                await session.reloader.restart()
                return
            session.tell(Note("entr takes no orders: starting the whole container again"))
            await in_thread(session.target.restart)
        except httpx.HTTPError:
            session.tell(Note("not restarted: port 3000 does not answer"))
        except HarnessError as error:
            session.tell(Note(f"not restarted: {error}"))

    async def _open(self) -> None:
        target = self._session.target
        url = f"{target.gateway_url}{target.project.config.probe.url}"
        if not await in_thread(lambda: open_page(url)):
            self._session.tell(Note(f"no browser here; the page is {url}"))

    def _toggle_log(self) -> None:
        self._view.shows_log = not self._view.shows_log
        if self._view.shows_log:
            self.resume_log()
        elif self._log:
            self._log.cancel()
            self._log = None

    async def _follow_log(self) -> None:
        try:
            words, variables = await in_thread(self._session.target.log_command)
            async with beside(words, env=variables) as program:
                async for line in program.lines():
                    self._session.tell(LogLine(line))
        except HarnessError as error:
            self._session.tell(Note(f"no log: {error}"))
