"""Have the files on the engine be what they are here, at first and after each save."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from watchfiles import Change

from harness.console import log
from harness.errors import StackError
from harness.file_events import file_events
from harness.project import Project
from harness.remote.files import Snapshot, recall, remember, snapshot, stamped
from harness.remote.link import Compared, Link, LostError

__all__ = ["Sender"]

# A save is sent when nothing has happened for so long, and a burst of them while it goes on.
_QUIET_MS = 20
_BURST_MS = 100
# Some changes raise no event, or an event before anything watched.
_LOOK_ANYWAY_MS = 5_000
_SKIPPED = {".git", "node_modules"}


class Sender:
    """Sends the checkout's files over a link.

    Args:
        project: The checkout.
        directories: Those of it that are sent.
        engine: What tells the engine from others that the checkout is sent to.
        link: The link.
    """

    def __init__(
        self, project: Project, directories: Iterable[str], engine: str, link: Link
    ) -> None:
        self._project = project
        self._directories = sorted(set(directories))
        self._engine = engine
        self._link = link
        self._sent: Snapshot = {}
        self._trouble = ""

    async def all(self) -> Compared:
        """Send what differs there, and remove there what was removed here.

        Raises:
            StackError: It cannot be done.
        """
        now = await self._look()
        known = recall(self._project, self._engine)
        compared = await self._link.compare(list(now), known)
        self._keep(now)
        return compared

    async def follow(self) -> None:
        """Send each save, for good.

        Raises:
            LostError: The link has ended.
        """
        async with self._events() as events:
            async for changes in events:
                try:
                    await self._catch_up({name for _, name in changes})
                    self._trouble = ""
                except LostError:
                    raise
                except StackError as error:
                    self._warn(str(error))

    async def _catch_up(self, paths: Iterable[str]) -> None:
        names = [str(self._name(path)) for path in paths]
        # Saves of what is known need no look at everything.
        saved = (
            stamped(self._project.root, names) if all(name in self._sent for name in names) else {}
        )
        now = {**self._sent, **saved} if len(saved) == len(names) > 0 else await self._look()
        changed = [name for name, stamp in now.items() if self._sent.get(name) != stamp]
        gone = [name for name in self._sent if name not in now]
        if changed or gone:
            await self._link.send(changed, gone)
            self._keep(now)

    async def _look(self) -> Snapshot:
        return await asyncio.to_thread(snapshot, self._project, self._directories)

    def _name(self, path: str) -> Path:
        return Path(path).relative_to(self._project.root)

    def _keep(self, now: Snapshot) -> None:
        if now.keys() != self._sent.keys():
            remember(self._project, self._engine, now)
        self._sent = now

    @asynccontextmanager
    async def _events(self) -> AsyncIterator[AsyncIterator[set[tuple[Change, str]]]]:
        events = file_events(
            *(self._project.root / it for it in self._directories),
            say=self._warn,
            watch_filter=lambda _, path: _SKIPPED.isdisjoint(self._name(path).parts),
            debounce=_BURST_MS,
            step=_QUIET_MS,
            rust_timeout=_LOOK_ANYWAY_MS,
            yield_on_timeout=True,
        )
        async with aclosing(events):
            yield events

    def _warn(self, trouble: str) -> None:
        kind = re.sub(r"\d+", "", trouble)  # the draft's number is another in each try
        if kind != self._trouble:
            log.warn(trouble)
        self._trouble = kind
