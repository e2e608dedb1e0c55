"""The processors of the machine, and when a container lets them rest."""

import asyncio
import time
from pathlib import Path

from docker.models.containers import Container

from harness.criteria.facts.processors import used

__all__ = ["Idleness", "model"]

_WINDOW = 0.5
_IDLE = 0.25


class Idleness:
    """Tells when a container has come to rest.

    Args:
        container: The container to look at.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        self._seen = (time.monotonic(), used(container))

    async def look(self) -> bool:
        """Whether it took less than a quarter of one processor in the last half second."""
        since, before = self._seen
        if time.monotonic() - since < _WINDOW:
            return False
        spent = await asyncio.to_thread(used, self._container)
        self._seen = (time.monotonic(), spent)
        return spent - before < _IDLE * (self._seen[0] - since)


def model() -> str:
    """Return what the machine calls its processors; empty where it does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")
