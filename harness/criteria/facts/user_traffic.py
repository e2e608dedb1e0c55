"""What users of a deployment get in every way that there is, while it is released to.

Requests begin at fixed times, whether or not those before were answered: a deployment that makes
users wait is not asked any less.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from harness.beside import beside
from harness.criteria.facts.model import Facts

__all__ = ["Answer", "Answers", "UserTraffic", "user_traffic"]

_EVERY = 0.2
_PATIENCE = 60.0
_HELD = 1.0

Release = tuple[str, ...]
"""What an answer says of the release that gave it; empty where it says nothing."""


@dataclass(frozen=True)
class Answer:
    """What came of one request.

    Attributes:
        began: When it was sent, in seconds.
        ended: When its answer was there, or it had failed.
        good: Whether it was answered as it should be.
        of: The release that answered.
    """

    began: float
    ended: float
    good: bool
    of: Release


class Answers(Facts):
    """What came of all requests of one kind.

    Attributes:
        asked: How many were sent.
        failed: How many got no good answer.
        others: How many were answered by another release than the expected one.
        window: Seconds from the first of either to the end of the last.
        longest: Seconds that the slowest good answer took.
    """

    asked: int
    failed: int
    others: int
    window: float
    longest: float

    @classmethod
    def of(cls, answers: list[Answer], expected: Release | None = None) -> "Answers":
        """Count answers; where no release is expected, none is another one."""
        others = [it for it in answers if expected and it.of and it.of != expected]
        bad = [it for it in answers if not it.good] + others
        return cls(
            asked=len(answers),
            failed=sum(not it.good for it in answers),
            others=len(others),
            window=max(it.ended for it in bad) - min(it.began for it in bad) if bad else 0.0,
            longest=max((it.ended - it.began for it in answers if it.good), default=0.0),
        )


@dataclass
class UserTraffic:
    """The answers to each kind of request.

    Attributes:
        health: To those for the public health route: of a Worker version and an image revision.
        requests: To those that the gateway's layer answers: of an image revision.
        sockets: To WebSockets: well if the gateway spoke first and the line stayed for a second.
    """

    health: list[Answer] = field(default_factory=list)
    requests: list[Answer] = field(default_factory=list)
    sockets: list[Answer] = field(default_factory=list)


@contextmanager
def user_traffic(url: str, token: str) -> Iterator[UserTraffic]:
    """Ask a deployment five times a second in each way while the block runs.

    Args:
        url: Where it answers, without a slash at its end.
        token: The gateway's.
    """
    seen = UserTraffic()
    with beside(lambda over: asyncio.run(_Users(url, token, seen).ask(over))):
        yield seen


class _Users:
    def __init__(self, url: str, token: str, seen: UserTraffic) -> None:
        self._url = url
        self._bearer = {"Authorization": f"Bearer {token}"}
        self._seen = seen

    async def ask(self, over: threading.Event) -> None:
        """Ask until it is over, and wait for the last answers."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        client = httpx.AsyncClient(timeout=_PATIENCE, limits=limits, trust_env=False)
        async with client, asyncio.TaskGroup() as asked:
            while not await asyncio.to_thread(over.wait, _EVERY):
                asked.create_task(_timed(self._seen.health, lambda: self._health(client)))
                asked.create_task(_timed(self._seen.requests, lambda: self._request(client)))
                asked.create_task(_timed(self._seen.sockets, self._socket))

    async def _health(self, client: httpx.AsyncClient) -> tuple[bool, Release]:
        answer = await client.get(f"{self._url}/health")
        said = answer.json()
        return answer.is_success, (said["version"], said["revision"])

    async def _request(self, client: httpx.AsyncClient) -> tuple[bool, Release]:
        answer = await client.get(f"{self._url}/loa/version", headers=self._bearer)
        return answer.is_success, (answer.json()["image"],)

    async def _socket(self) -> tuple[bool, Release]:
        address = self._url.replace("http", "ws", 1)
        line = connect(address, additional_headers=self._bearer, open_timeout=_PATIENCE, proxy=None)
        async with asyncio.timeout(_PATIENCE), line as socket:
            await socket.recv()
            return await _stays(socket.wait_closed), ()


async def _stays(closed: Callable[[], Awaitable[None]]) -> bool:
    try:
        await asyncio.wait_for(closed(), _HELD)
    except TimeoutError:
        return True
    return False


async def _timed(answers: list[Answer], ask: Callable[[], Awaitable[tuple[bool, Release]]]) -> None:
    began = time.monotonic()
    try:
        good, of = await ask()
    except (OSError, httpx.HTTPError, WebSocketException, ValueError, KeyError, TypeError):
        good, of = False, ()
    answers.append(Answer(began, time.monotonic(), good, of))
