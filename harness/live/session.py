"""Attached to a stack: one queue that everything tells into, and one loop that shows it."""

import asyncio
from collections.abc import Callable, Coroutine

from harness.errors import HarnessError
from harness.live.client import Reloader
from harness.live.crossing import Crossing
from harness.live.events import State
from harness.live.follow import Follower
from harness.live.inputs import Inputs
from harness.live.messages import Message, Told
from harness.live.target import Target
from harness.live.typecheck import TypeChecker

__all__ = ["Session"]


class Session:
    """All that goes on beside while somebody is attached.

    Args:
        target: The stack.
        reloader: Its port 3000.
    """

    def __init__(self, target: Target, reloader: Reloader) -> None:
        self.target = target
        self.reloader = reloader
        self._follower = Follower(target, reloader, self.tell)
        self._checker = TypeChecker(target.project.layer, self.tell)
        self._crossing = Crossing(target, reloader, self.tell)
        self._inputs = Inputs(target.project, self.tell)
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue()
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()
        self._trial: asyncio.Task[None] | None = None

    @property
    def takes_orders(self) -> bool:
        """Whether the reloader takes orders; entr does not."""
        return self._follower.takes_orders

    def tell(self, message: Message) -> None:
        """Have a message shown when its turn comes."""
        self._queue.put_nowait(message)

    def leave(self) -> None:
        """Have `run` return, once all that was told before has been shown."""
        self._queue.put_nowait(None)

    def check(self) -> int | None:
        """Ask the type checker; return the request's number, or None where there is none."""
        return self._checker.request() if self._checker.works else None

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Do something beside; it ends with the session at the latest."""
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def run(self, show: Callable[[Message], None]) -> None:
        """Show each message until somebody leaves.

        Raises:
            HarnessError: There is nothing to be attached to any more; the message says why.
        """
        try:
            async with self._group:
                for part in (self._follower, self._checker, self._inputs):
                    self.start(part.run())
                await self._show_all(show)
                for task in self._tasks:
                    task.cancel()
        except BaseExceptionGroup as group:
            # One that is known says best what happened; others may have come of it.
            raise _first(group.subgroup(HarnessError) or group) from None

    async def _show_all(self, show: Callable[[Message], None]) -> None:
        while (message := await self._queue.get()) is not None:
            show(message)
            if isinstance(message, Told) and isinstance(message.event, State):
                self._try_the_mount()

    def _try_the_mount(self) -> None:
        """A container that was started again knows nothing of its mount yet."""
        if self._trial:
            self._trial.cancel()
        if self.takes_orders:
            self._trial = self.start(self._crossing.run())


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
