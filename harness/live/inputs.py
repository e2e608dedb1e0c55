"""Say it when something that the stack was made from changes; nothing is made anew by itself."""

from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path

from harness import fingerprint
from harness.file_events import file_events
from harness.fixtures.stack import made_from
from harness.live.messages import Message, Note, Outdated
from harness.live.threads import in_thread
from harness.project import Project

__all__ = ["Inputs"]

_BURST_MS = 200
# A directory that is new is not watched yet, and some file systems tell nothing.
_LOOK_ANYWAY_MS = 5000


class Inputs:
    """The files that images and stack are made from.

    Args:
        project: The checkout.
        tell: Called once for each content that a file has, and the stack has not.
    """

    def __init__(self, project: Project, tell: Callable[[Message], None]) -> None:
        self._project = project
        self._tell = tell
        self._at_first = fingerprint.of_stack(project)
        self._told: set[tuple[str, str | None]] = set()

    async def run(self) -> None:
        """Watch for good."""
        while True:
            await self._look()
            watched = self._directories()
            looks = file_events(
                *watched,
                say=lambda text: self._tell(Note(text)),
                recursive=False,
                debounce=_BURST_MS,
                rust_timeout=_LOOK_ANYWAY_MS,
                yield_on_timeout=True,
            )
            # One of them may go before it is watched, where git takes a directory away.
            with suppress(FileNotFoundError):
                async with aclosing(looks):
                    async for _ in looks:
                        await self._look()
                        if self._directories() != watched:
                            break

    async def _look(self) -> None:
        now = await in_thread(lambda: fingerprint.of_stack(self._project))
        made = made_from(self._project) or self._at_first
        for name in fingerprint.differences(self._project, made, now):
            content = name, now.get(name)
            if content not in self._told:
                self._told.add(content)
                self._tell(Outdated(name))

    def _directories(self) -> set[Path]:
        root = self._project.root
        files = (root / name for name in fingerprint.of_stack(self._project))
        return {root, *(path.parent for path in files if path.parent.is_dir())}
