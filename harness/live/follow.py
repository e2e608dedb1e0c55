"""Follow a container's events for as long as there is a container."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing, suppress

import docker.errors
import httpx
import requests

from harness.errors import EngineError, StackError
from harness.live.client import NoEventsError, Reloader
from harness.live.entr import Changes
from harness.live.messages import Lost, Message, Told
from harness.live.target import Condition, Target
from harness.live.threads import in_thread
from harness.poll import PollTimeoutError, eventually

__all__ = ["Follower"]

# A container that is started again has this long until port 3000 answers, in seconds …
_DEADLINE = 60.0
# … but one that nothing starts again, or an engine that is silent, is given up earlier.
_STAYS_AWAY = 5.0
_LOOK_EVERY = 0.25


class Follower:
    """Tells what happens in a container; a container that is started again is followed on.

    Attributes:
        takes_orders: Whether port 3000 takes orders; it does not where entr reloads.

    Args:
        target: The container.
        reloader: Its port 3000.
        tell: Called with each event, and with `Lost` when it does not answer any more.
    """

    takes_orders = True

    def __init__(self, target: Target, reloader: Reloader, tell: Callable[[Message], None]) -> None:
        self._target = target
        self._reloader = reloader
        self._tell = tell

    async def run(self) -> None:
        """Follow until the stack is gone.

        Raises:
            StackError: It was stopped, or ended, or does not answer for 60 s.
            EngineError: The engine does not answer.
        """
        while True:
            # However the connection ended, what was connected is lost.
            with suppress(httpx.HTTPError):
                await self._listen()
            self._tell(Lost())
            await _Search(self._target, self._reloader).run()

    async def _listen(self) -> None:
        try:
            async with aclosing(self._reloader.events()) as events:
                async for raw in events:
                    self.takes_orders = True
                    if raw.get("event") != "ping":
                        self._tell(Told(raw))
        except NoEventsError:
            self.takes_orders = False
            await self._look()

    async def _look(self) -> None:
        changes = Changes()
        while True:
            for raw in changes.since(await self._reloader.health()):
                self._tell(Told(raw))
            await asyncio.sleep(_LOOK_EVERY)


class _Search:
    """Looks for a container that does not answer."""

    def __init__(self, target: Target, reloader: Reloader) -> None:
        self._target = target
        self._reloader = reloader
        self._away_since: float | None = None

    async def run(self) -> None:
        """Return once port 3000 answers again; for what it raises see `Follower.run`."""
        try:
            await eventually(self._look, seconds=_DEADLINE, what="port 3000 answers")
        except PollTimeoutError as error:
            raise StackError(
                f"port 3000 has not answered for {_DEADLINE:.0f} s", "see `harness logs`"
            ) from error

    async def _look(self) -> bool:
        try:
            condition = await in_thread(self._target.look)
        except (docker.errors.DockerException, requests.RequestException) as error:
            if self._is_away_for_good():
                advice = "see `harness doctor`, then try again"
                raise EngineError("the engine stopped answering", advice) from error
            return False
        if condition is Condition.DOWN and self._is_away_for_good():
            raise StackError(self._target.why_down(), "see `harness logs`, then `make dev`")
        if condition is not Condition.DOWN:
            self._away_since = None
        return condition is Condition.UP and await self._answers()

    def _is_away_for_good(self) -> bool:
        now = time.monotonic()
        self._away_since = self._away_since or now
        return now - self._away_since > _STAYS_AWAY

    async def _answers(self) -> bool:
        self._reloader.url = self._target.health_url
        try:
            await self._reloader.health()
        except httpx.HTTPError:
            return False
        return True
