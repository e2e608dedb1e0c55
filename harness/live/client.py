"""Port 3000 of the development container, over HTTP."""

import json
import ssl
from collections.abc import AsyncGenerator, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

__all__ = ["NoEventsError", "Reloader"]

# It pings every 5 s.
_SILENCE = 15.0
_PATIENCE = 3.0
_LONGEST_LIST = 10_000
# Any value will do; a web page cannot send it unasked.
_ORDER = {"X-Loa-Reloader": "1"}


class NoEventsError(Exception):
    """It tells no events, and takes no orders: entr reloads, or it is not ours."""


class Reloader:
    """What answers on port 3000; enter it to talk to it.

    Every method raises httpx.HTTPError where nothing answers as it should.

    Args:
        url: Where it answers.
    """

    def __init__(self, url: str) -> None:
        # The port is this machine's own: no proxy that the shell names leads there, and no
        # certificates need to be read.
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=_PATIENCE,
            trust_env=False,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    @property
    def url(self) -> str:
        """Where it answers; another one, after the container was made anew."""
        return str(self._client.base_url)

    @url.setter
    def url(self, url: str) -> None:
        self._client.base_url = httpx.URL(url)

    async def events(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield each event as it comes, until the connection ends.

        Raises:
            NoEventsError: It has none, whatever it answers instead: a server that is not ours may
                answer every path alike.
        """
        timeout = httpx.Timeout(_PATIENCE, read=_SILENCE)
        async with self._client.stream("GET", "/events", timeout=timeout) as answer:
            if answer.status_code != HTTPStatus.OK:
                raise NoEventsError
            lines = answer.aiter_lines()
            yield _first_event(await anext(lines, ""))
            async for line in lines:
                yield _object(line)

    async def health(self) -> dict[str, Any]:
        """Return what it says of the gateway, whether that serves or not."""
        return _object((await self._client.get("/health")).text)

    async def restart(self) -> None:
        """Have the layer loaded again, though nothing has changed."""
        await self._order("/restart")

    async def changed(self, files: Sequence[str]) -> None:
        """Tell that these files, relative to the checkout, have changed."""
        for start in range(0, len(files), _LONGEST_LIST):
            await self._order("/changed", {"files": list(files[start : start + _LONGEST_LIST])})

    async def saw(self, sentinel: str) -> bool:
        """Whether an event of that file has come to it."""
        answer = await self._client.get(f"/sentinel/{sentinel}")
        return bool(_object(answer.raise_for_status().text).get("seen"))

    async def _order(self, path: str, body: object = None) -> None:
        (await self._client.post(path, json=body, headers=_ORDER)).raise_for_status()


def _first_event(line: str) -> dict[str, Any]:
    """Read the line that every connection begins with, the state."""
    try:
        event = _object(line)
    except httpx.DecodingError as error:
        raise NoEventsError from error
    if "event" not in event:
        raise NoEventsError
    return event


def _object(text: str) -> dict[str, Any]:
    """Read one JSON object; anything else comes of a connection that was cut, or of a stranger."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise httpx.DecodingError(f"no JSON: {text[:80]!r}") from error
    if not isinstance(value, dict):
        raise httpx.DecodingError(f"no JSON object: {text[:80]!r}")
    return value
