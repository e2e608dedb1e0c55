"""The events of port 3000, as they come."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from harness.poll import until

__all__ = ["Event", "Events", "following"]

Event = dict[str, Any]


class Events:
    """All that came since `forget` was last called."""

    def __init__(self) -> None:
        self._seen: list[Event] = []

    def take(self, event: Event) -> None:
        """Keep one more."""
        self._seen.append(event)

    def forget(self) -> None:
        """Look only at what comes from now on."""
        self._seen.clear()

    def named(self, *names: str) -> list[Event]:
        """Return those of these names, in order."""
        return [event for event in list(self._seen) if event["event"] in names]

    def wait(self, name: str, *, seconds: float = 120, **fields: object) -> Event:
        """Wait for one of that name whose fields have these values, and return it."""

        def look() -> Event | None:
            fitting = (it for it in self.named(name) if fields.items() <= it.items())
            return next(fitting, None)

        return until(look, seconds=seconds, what=f"event {name} {fields or ''}")


@contextmanager
def following(port: int) -> Iterator[Events]:
    """Follow the events of a reloader while the block runs."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/events")
    answer, events = connection.getresponse(), Events()
    line = connection.sock

    def read() -> None:
        with suppress(OSError, http.client.HTTPException, ValueError):
            for text in iter(answer.readline, b""):
                events.take(json.loads(text))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield events
    finally:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        reader.join()
        connection.close()
