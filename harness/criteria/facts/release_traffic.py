"""What users of a deployment get while it is released to: it is asked again and again."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from harness.beside import beside

__all__ = ["Traffic", "traffic"]

_EVERY = 0.05
_PATIENCE = 10.0


@dataclass
class Traffic:
    """The answers.

    Attributes:
        answers: When each came, in seconds, and of which Worker version and image revision.
        failed: How many requests got no good answer.
    """

    answers: list[tuple[float, str, str]] = field(default_factory=list)
    failed: int = 0

    def others(self, version: str, revision: str) -> tuple[int, float]:
        """Return how many answers were of another release, and over how many seconds."""
        times = [at for at, *of in self.answers if of != [version, revision]]
        return len(times), (times[-1] - times[0] if times else 0.0)


@contextmanager
def traffic(url: str) -> Iterator[Traffic]:
    """Ask a deployment's health twenty times a second while the block runs."""
    seen = Traffic()

    def ask(over: threading.Event) -> None:
        with httpx.Client(timeout=_PATIENCE, trust_env=False) as client:
            while not over.wait(_EVERY):
                _ask(client, f"{url}/health", seen)

    with beside(ask):
        yield seen


def _ask(client: httpx.Client, url: str, seen: Traffic) -> None:
    try:
        answer = client.get(url)
        said = answer.json()
        seen.answers.append((time.monotonic(), said["version"], said["revision"]))
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        seen.failed += 1
        return
    seen.failed += not answer.is_success
