"""Who uses the processors: a container, and everybody else."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import psutil
from docker.models.containers import Container

__all__ = ["Idleness", "Others", "model", "used"]

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


class Others:
    """Tells what part of the processors neither the containers nor this process took.

    Args:
        containers: All that belong to the run.
    """

    def __init__(self, containers: Sequence[Container]) -> None:
        self._containers = containers
        self._started = time.monotonic()
        self._at_first = self._read()

    def part(self) -> float:
        """Return the part since the beginning, from 0 to 1."""
        elapsed = (time.monotonic() - self._started) * (psutil.cpu_count() or 1)
        return round(min(max((self._read() - self._at_first) / elapsed, 0.0), 1.0), 3)

    def _read(self) -> float:
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        me = psutil.Process().cpu_times()
        return sum(times) - idle - me.user - me.system - sum(map(used, self._containers))


def model() -> str:
    """Return what the machine calls its processors; empty where it does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")


def used(container: Container) -> float:
    """Return the processor seconds that a container has taken so far."""
    stats = cast("dict[str, Any]", container.stats(stream=False, one_shot=True))
    return float(stats["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9
