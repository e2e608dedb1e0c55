"""Whether file events cross the mount, and who tells the container of saves where they do not."""

import secrets
from collections.abc import Callable, Iterable
from contextlib import aclosing, suppress
from pathlib import Path

import httpx
from watchfiles import Change, DefaultFilter

from harness.errors import StackError
from harness.file_events import file_events
from harness.live.client import Reloader
from harness.live.messages import Message, Note
from harness.live.target import Target
from harness.live.threads import in_thread
from harness.poll import PollTimeoutError, eventually

__all__ = ["Crossing"]

_PATIENCE = 2.0
_BURST_MS = 200
_TRY_AGAIN_MS = 5_000
_SAID = "file events do not cross the mount here; this command tells the container what is saved"


class Crossing:
    """Shows the container a file of the host's, and tells it of saves if it does not notice.

    Args:
        target: The container.
        reloader: Its port 3000.
        tell: Called with one line where events do not cross.
    """

    def __init__(self, target: Target, reloader: Reloader, tell: Callable[[Message], None]) -> None:
        self._target = target
        self._reloader = reloader
        self._tell = tell
        self._said = False

    async def run(self) -> None:
        """Try it; return if events cross, else tell what is saved for good.

        It is to be called again when the container has been started again.
        """
        # What cannot be asked is found out by whoever waits for events.
        with suppress(httpx.HTTPError, OSError):
            if await self._crosses():
                return
            if not self._said:
                self._said = True
                self._tell(Note(_SAID))
            await self._tell_saves()

    async def _crosses(self) -> bool:
        name = f".loa-sentinel-{secrets.token_hex(8)}"
        sentinel = self._target.project.layer / name
        try:
            sentinel.touch()
            await eventually(
                lambda: self._reloader.saw(name), seconds=_PATIENCE, what="the container sees it"
            )
        except PollTimeoutError:
            return False
        finally:
            sentinel.unlink(missing_ok=True)
        return True

    async def _tell_saves(self) -> None:
        events = file_events(
            *await in_thread(self._mounted),
            say=lambda text: self._tell(Note(text)),
            debounce=_BURST_MS,
            rust_timeout=_TRY_AGAIN_MS,
            yield_on_timeout=True,
        )
        untold: set[str] = set()
        async with aclosing(events):
            async for changes in events:
                untold.update(self._names(path for _, path in changes))
                if await self._told(sorted(untold)):
                    untold.clear()

    async def _told(self, names: list[str]) -> bool:
        """Whether the container knows of them; one that is slow just now is told again later."""
        try:
            await self._reloader.changed(names)
        except httpx.HTTPError:
            return False
        return True

    def _mounted(self) -> list[Path]:
        try:
            return self._target.mounted()
        except StackError:  # the compose file is just being edited
            return [self._target.project.layer]

    def _names(self, paths: Iterable[str]) -> list[str]:
        root = self._target.project.root
        files = {file for path in paths for file in _with_content(Path(path))}
        return sorted(str(file.relative_to(root)) for file in files)


def _with_content(path: Path) -> list[Path]:
    """Return it, or all that is in a directory: what came with it may have raised no event."""
    if not path.is_dir():
        return [path]
    wanted = DefaultFilter()
    return [it for it in path.rglob("*") if it.is_file() and wanted(Change.added, str(it))]
