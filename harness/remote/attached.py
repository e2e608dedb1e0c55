"""Keep a stack on another machine within reach for as long as something goes on here."""

import asyncio
import socket
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import docker.errors
import requests

from harness import ports
from harness.console import log
from harness.docker.stack import Stack
from harness.errors import HarnessError
from harness.live.threads import in_thread
from harness.locks import is_held, shared
from harness.project import Project
from harness.remote.link import Compared, linked_to
from harness.remote.plan import Plan
from harness.remote.sender import Sender

__all__ = ["is_attached", "is_elsewhere", "linked"]

# A link that was lost is tried again, for as long as there is a stack.
_AGAIN_SECONDS = 1.0
_PATIENCE = 3
_TROUBLE = (HarnessError, docker.errors.DockerException, requests.RequestException, OSError)


@contextmanager
def linked(stack: Stack) -> Iterator[Compared | None]:
    """Copy files and lead ports while the block runs; nothing is done for a stack on this machine.

    Once the block is entered, the files there are those of the checkout. Several commands may be
    linked to a stack at once: the first has the ports, and the next one takes over when it leaves.

    Yields:
        How the files there differed before; None where none are copied.

    Raises:
        PortError: A program that is none of ours has one of the ports.
        HarnessError: The engine does not start what is needed, or has no room for the files.
    """
    plan = Plan.of(stack)
    if plan is None:
        yield None
        return
    keeper = _Keeper(plan)
    with shared(_lock_of(stack.project)):
        thread = Thread(target=keeper.run, name="link", daemon=True)
        thread.start()
        try:
            compared = keeper.ready.result()
            _say(plan, compared)
            yield compared
        finally:
            keeper.leave()
            thread.join()


def _say(plan: Plan, compared: Compared | None) -> None:
    if plan.host != socket.gethostname():
        log.warn(f"this environment was started from another machine, {plan.host}")
    if compared and compared.differed:
        log.note(str(compared))


def is_elsewhere(stack: Stack) -> bool:
    """Whether it takes a link to get files to it, or to reach its ports."""
    return Plan.of(stack) is not None


def is_attached(stack: Stack) -> bool:
    """Whether any command here is linked to it."""
    return is_held(_lock_of(stack.project))


def _lock_of(project: Project) -> Path:
    return project.state_dir / "linked.lock"


class _Keeper:
    """Keeps a link, in a thread of its own.

    Attributes:
        ready: Done when it is up and the files are there; how they differed before.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._left = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failures = 0
        self.ready: Future[Compared | None] = Future()

    def run(self) -> None:
        """Keep it until `leave` is called."""
        try:
            asyncio.run(self._until_left())
        except Exception as error:
            if self.ready.done():
                raise
            self.ready.set_exception(error)

    def leave(self) -> None:
        """Have `run` return."""
        if self._loop is None:
            self._left.set()
            return
        with suppress(RuntimeError):  # it has returned already
            self._loop.call_soon_threadsafe(self._left.set)

    async def _until_left(self) -> None:
        self._loop = asyncio.get_running_loop()
        keeping = asyncio.create_task(self._keep())
        leaving = asyncio.create_task(self._left.wait())
        await asyncio.wait([keeping, leaving], return_when=asyncio.FIRST_COMPLETED)
        for task in (keeping, leaving):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await keeping

    async def _keep(self) -> None:
        while True:
            try:
                await self._hold()
            except _TROUBLE as error:
                if not self.ready.done():
                    raise
                self._count(error)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _hold(self) -> None:
        stack, directories = self._plan.stack, self._plan.directories
        described = await in_thread(self._plan.describe)
        async with linked_to(described, stack.engine.variables) as link:
            taken = await link.up()
            if not self.ready.done():
                ports.refuse_strangers(stack.project, taken)
            sender = Sender(stack.project, directories.values(), self._plan.engine_id, link)
            compared = await sender.all() if directories else None
            if not self.ready.done():
                self.ready.set_result(compared)
            self._failures = 0
            await _until_first_ends(link.ended(), *([sender.follow()] if directories else []))

    def _count(self, error: Exception) -> None:
        self._failures += 1
        # Once is nothing: the stack may just be stopped, or made anew.
        if self._failures == _PATIENCE:
            log.warn(f"{error}; trying again")


async def _until_first_ends(*works: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ended.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
