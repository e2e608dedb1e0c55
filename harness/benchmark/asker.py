"""A client that asks 20 times a second, whatever became of the requests before."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import httpx

__all__ = ["EVERY", "Answer", "asking", "first_other"]

EVERY = 0.05
"""Seconds from one request to the next."""

_LONGEST = 5.0
_GOOD = re.compile(rb"HTTP/1\.[01] 2")


class Answer(NamedTuple):
    """What became of a request.

    Attributes:
        sent: When it was made, on the monotonic clock.
        received: When it was answered or given up.
        value: What the layer answered; None if it failed.
    """

    sent: float
    received: float
    value: str | None


@asynccontextmanager
async def asking(url: str, field: str) -> AsyncIterator[list[Answer]]:
    """Ask while the block runs, and wait for the last answers at its end.

    Args:
        url: What is asked.
        field: The field of the JSON answer that only the layer gives.

    Yields:
        The answers so far, in the order in which they came.

    Raises:
        Exception: What the block raises, as it is.
    """
    answers: list[Answer] = []
    failure: Exception | None = None
    target = httpx.URL(url)
    async with asyncio.TaskGroup() as tasks:

        async def ask() -> None:
            sent = time.monotonic()
            value = await _value(target, field)
            answers.append(Answer(sent, time.monotonic(), value))

        async def ask_on() -> None:
            while True:
                tasks.create_task(ask())
                await asyncio.sleep(EVERY)

        asker = tasks.create_task(ask_on())
        try:
            yield answers
        except Exception as error:  # noqa: BLE001 -- raised below: here a group is put around it
            failure = error
        asker.cancel()
    if failure:
        raise failure


def first_other(answers: Sequence[Answer], since: float, before: str) -> Answer | None:
    """Return the first answer to a request made after a moment that is not the one before."""
    later = (it for it in answers if it.sent >= since)
    return next((it for it in later if it.value not in {None, before}), None)


async def _value(url: httpx.URL, field: str) -> str | None:
    try:
        async with asyncio.timeout(_LONGEST):
            head, _, body = (await _exchange(url)).partition(b"\r\n\r\n")
        found = json.loads(body) if _GOOD.match(head) else None
    except (OSError, TimeoutError, ValueError):
        return None
    value = found.get(field) if isinstance(found, dict) else None
    return None if value is None else str(value)


async def _exchange(url: httpx.URL) -> bytes:
    """Ask over a connection of its own: an old one may lead to an old gateway.

    A whole HTTP client would take as much of the processors as what is measured.
    """
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        path = url.raw_path.decode()
        # Of version 1.0, so that the answer is not cut into chunks and ends with the connection.
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {url.netloc.decode()}\r\n\r\n".encode())
        return await reader.read()
    finally:
        writer.close()
