"""Clients that ask all the time, over new connections and over kept ones, and take count."""

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["PATIENCE", "Client", "Kept", "New", "Traffic", "asking"]

PATIENCE = 15.0
"""Seconds until a request without an answer has failed."""

_PAUSE = 0.05
_COUNTING = threading.Lock()


@dataclass
class Traffic:
    """What came back.

    Attributes:
        bodies: How often each body was the answer.
        failures: A line for each request that was not answered with 200. It begins with when that
            was sent, as the lines of the container's log do.
    """

    bodies: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def answers(self) -> int:
        """How many requests were answered."""
        return self.bodies.total()


class Client(Protocol):
    """Asks a port for a path, as often as is wanted."""

    def ask(self, port: int, path: str) -> tuple[int, str]:
        """Return the answer's status and its body."""

    def close(self) -> None:
        """Close what is open."""


class New:
    """Asks over a new connection each time."""

    def ask(self, port: int, path: str) -> tuple[int, str]:
        """Return the answer's status and its body."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        with closing(connection):
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def close(self) -> None:
        """There is nothing to close."""


class Kept:
    """Asks over one connection, and fails once that is closed."""

    def __init__(self) -> None:
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, port: int, path: str) -> tuple[int, str]:
        """Return the answer's status and its body."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            self._connection.connect()
            self._connection.auto_open = 0
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode()

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()


@contextmanager
def asking(
    port: int,
    clients: Sequence[Client],
    path: Callable[[], str] = lambda: "/loa/marker",
    *,
    pause: float = _PAUSE,
) -> Iterator[Traffic]:
    """Have each client ask 20 times a second while the block runs.

    Args:
        port: Where, on 127.0.0.1.
        clients: Who asks.
        path: Called for each request.
        pause: Seconds between two requests of a client.
    """
    traffic, stop = Traffic(), threading.Event()

    def work(client: Client) -> None:
        with closing(client):
            while not stop.wait(pause):
                _ask(traffic, client, port, path())

    threads = [threading.Thread(target=work, args=(client,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield traffic
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _ask(traffic: Traffic, client: Client, port: int, path: str) -> None:
    about = f"{datetime.now(UTC):%FT%T.%fZ} {path}"
    try:
        status, body = client.ask(port, path)
        if status == http.client.OK:
            with _COUNTING:
                traffic.bodies[body] += 1
        else:
            traffic.failures.append(f"{about}: {status} {body[:80]}")
    except (OSError, http.client.HTTPException) as error:
        traffic.failures.append(f"{about}: {error!r}")
