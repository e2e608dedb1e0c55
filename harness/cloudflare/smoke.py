"""Ask a deployment whether it is the expected one and well, and tell its illnesses apart."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import httpx
from pydantic import BaseModel, ValidationError

from harness.cloudflare import access
from harness.errors import ConfigError, ExitStatus
from harness.poll import PollTimeoutError, eventually

__all__ = [
    "Expected",
    "Health",
    "Outcome",
    "Patience",
    "Result",
    "Seen",
    "Sight",
    "refuse",
    "smoke",
]

_LOGIN_HOSTS = (".cloudflareaccess.com",)
_LOGIN_PATHS = ("/cdn-cgi/access/", "/login", "/signin", "/oauth")
_LAST_PORT = 65535
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Five good answers in a row take a second then; what is bad is asked again for a deadline at most.
_EVERY = 0.2
# These may pass, as where Access has not heard everywhere yet who may come in: it is asked again.
_UNKNOWN = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


class Outcome(StrEnum):
    """The three verdicts of a smoke test."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"

    @property
    def exit_status(self) -> ExitStatus:
        """The status with which the command ends."""
        return {
            Outcome.PASSED: ExitStatus.OK,
            Outcome.FAILED: ExitStatus.FAILED,
            Outcome.INCONCLUSIVE: ExitStatus.INCONCLUSIVE,
        }[self]


class Sight(StrEnum):
    """What one look at a deployment showed."""

    GOOD = "good"
    LOGIN = "login redirect"
    REDIRECT = "redirect"
    OLD_VERSION = "old version"
    OLD_IMAGE = "old image"
    DEAD_CONTAINER = "dead container"
    STARTING = "slow start"
    ERROR_STATUS = "error status"
    WRONG_BODY = "wrong body"
    TIME_OUT = "time-out"
    UNREACHABLE = "unreachable"


class Health(BaseModel):
    """The answer of the Worker's health route.

    `version` is the Worker's; `revision` is the image's, as the container itself says it, and
    empty where none answers; `gateway` is `running`, `starting` or `stopped`.
    """

    version: str
    revision: str
    gateway: str


@dataclass(frozen=True)
class Expected:
    """Which release must answer; an empty field takes any."""

    version: str = ""
    revision: str = ""


@dataclass(frozen=True)
class Patience:
    """How many good answers in a row are wanted, and how long they may take, in seconds."""

    answers: int = 5
    deadline: float = 300
    request: float = 15


@dataclass(frozen=True)
class Seen:
    """One look: what it showed, and that in a line."""

    sight: Sight
    line: str


@dataclass
class Result:
    """The verdict, the last look, and how it came about."""

    outcome: Outcome
    last: Seen
    in_a_row: int = 0
    looks: int = 0
    seconds: float = 0
    sights: dict[str, int] = field(default_factory=dict)


def smoke(
    url: str,
    expected: Expected,
    patience: Patience,
    headers: dict[str, str] | None = None,
    tell: Callable[[Result], None] = lambda _: None,
) -> Result:
    """Look at a deployment's health until it was good often enough in a row.

    Args:
        url: The health route; redirects are never followed, so the headers stay with its host.
        expected: The release that must answer.
        patience: How often and how long.
        headers: What Cloudflare Access wants to see, if anything.
        tell: Called after each look with what was found so far.

    Raises:
        ConfigError: The URL is none, or would carry the headers in the clear.
    """
    refuse(url, headers or {})
    return asyncio.run(_Smoke(url, expected, patience, headers or {}, tell).run())


def refuse(url: str, headers: Mapping[str, str]) -> None:
    """Refuse a URL that nobody can be asked at, whoever answers there.

    Args:
        url: The health route.
        headers: What Cloudflare Access wants to see, if anything.

    Raises:
        ConfigError: It is none, or would carry the headers in the clear.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ConfigError("the URL cannot be read", "give one like https://NAME/health") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo:
        raise ConfigError("the URL is not http(s)://HOST/PATH", "give one like https://NAME/health")
    if parsed.port is not None and not 0 < parsed.port <= _LAST_PORT:
        raise ConfigError(f"the URL's port is not between 1 and {_LAST_PORT}", "give another")
    if headers and parsed.scheme == "http" and parsed.host not in _LOOPBACK:
        raise ConfigError("Cloudflare Access headers would be sent in the clear", "use https://")


class _Smoke:
    def __init__(
        self,
        url: str,
        expected: Expected,
        patience: Patience,
        headers: dict[str, str],
        tell: Callable[[Result], None],
    ) -> None:
        self._url = url
        self._tell = tell
        self._expected = expected
        self._patience = patience
        self._headers = headers | {"Cache-Control": "no-cache"}
        self._ends = time.monotonic() + patience.deadline
        self._result = Result(Outcome.FAILED, Seen(Sight.UNREACHABLE, "nothing was asked"))

    async def run(self) -> Result:
        began = time.monotonic()
        limit = self._patience.request
        async with httpx.AsyncClient(headers=self._headers, timeout=limit) as client:
            try:
                await eventually(
                    lambda: self._enough(client),
                    seconds=self._patience.deadline,
                    what="good answers",
                    every=_EVERY,
                )
                self._result.outcome = Outcome.PASSED
            except PollTimeoutError:
                self._result.outcome = self._at_the_deadline()
        self._result.seconds = time.monotonic() - began
        return self._result

    def _at_the_deadline(self) -> Outcome:
        """Return inconclusive where no answer was bad: nobody could be asked often enough."""
        harmless = {Sight.UNREACHABLE.value, Sight.GOOD.value}
        return Outcome.INCONCLUSIVE if set(self._result.sights) <= harmless else Outcome.FAILED

    async def _enough(self, client: httpx.AsyncClient) -> bool:
        left = self._ends - time.monotonic()
        if left <= 0:
            return False
        seen = await self._look(client, min(self._patience.request, left))
        found = self._result
        if seen.sight is Sight.TIME_OUT and left < self._patience.request and found.looks:
            # Our deadline cut it short: that says nothing of the deployment.
            return False
        found.last = seen
        found.looks += 1
        found.sights[seen.sight.value] = found.sights.get(seen.sight.value, 0) + 1
        found.in_a_row = found.in_a_row + 1 if seen.sight is Sight.GOOD else 0
        self._tell(found)
        return found.in_a_row >= self._patience.answers

    async def _look(self, client: httpx.AsyncClient, seconds: float) -> Seen:
        try:
            async with asyncio.timeout(seconds):
                answer = await client.get(self._url)
        except (TimeoutError, httpx.TimeoutException):
            return Seen(Sight.TIME_OUT, f"time-out: no whole answer within {seconds:.1f} s")
        except httpx.HTTPError as error:
            return Seen(Sight.UNREACHABLE, f"unreachable: {type(error).__name__}")
        return _understood(answer, self._expected)


def _understood(answer: httpx.Response, expected: Expected) -> Seen:
    if answer.is_redirect:
        return _redirect(answer)
    health = _health(answer)
    if health is None:
        if answer.is_success:
            what = "the answer is no health report of a Worker"  # port 3000 here has one of its own
            return Seen(Sight.WRONG_BODY, f"wrong body: {what}")
        return Seen(Sight.ERROR_STATUS, f"error status: {_status(answer)}")
    seen = _compared(health, expected)
    if seen.sight is Sight.GOOD and not answer.is_success:
        return Seen(Sight.ERROR_STATUS, f"error status: HTTP {answer.status_code}")
    return seen


def _status(answer: httpx.Response) -> str:
    """Return the status, and of one that wants to know who asks what that may mean."""
    code = answer.status_code
    if code not in _UNKNOWN:
        return f"HTTP {code}"
    known = access.ID_HEADER in answer.request.headers
    before = f"does not take {access.VARIABLES}" if known else f"wants {access.VARIABLES}"
    return (
        f"HTTP {code}; the health route is /health and wants no credentials, "
        f"so this is another path, or Cloudflare Access {before}"
    )


def _redirect(answer: httpx.Response) -> Seen:
    there = answer.next_request.url if answer.next_request else answer.url
    if there.host.endswith(_LOGIN_HOSTS) or there.path.startswith(_LOGIN_PATHS):
        return Seen(
            Sight.LOGIN,
            f"login redirect: {there.host} wants a login; set {access.VARIABLES}",
        )
    return Seen(Sight.REDIRECT, f"redirect: HTTP {answer.status_code} to {there.host}{there.path}")


def _health(answer: httpx.Response) -> Health | None:
    try:
        return Health.model_validate_json(answer.content)
    except ValidationError:
        return None


def _compared(health: Health, expected: Expected) -> Seen:
    if expected.version and health.version != expected.version:
        return Seen(
            Sight.OLD_VERSION,
            f"old version: Worker {health.version!r} answers, {expected.version!r} is expected",
        )
    if health.gateway == "starting":
        return Seen(Sight.STARTING, "slow start: the container's gateway is still starting")
    if health.gateway != "running" or not health.revision:
        return Seen(Sight.DEAD_CONTAINER, "dead container: the Worker answers, its container not")
    if expected.revision and health.revision != expected.revision:
        return Seen(
            Sight.OLD_IMAGE,
            f"old image: revision {health.revision!r} serves, {expected.revision!r} is expected",
        )
    return Seen(Sight.GOOD, f"good: Worker {health.version!r}, image {health.revision!r}")
