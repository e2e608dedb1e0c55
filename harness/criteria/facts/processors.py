"""Who uses the processors: containers, and everybody else."""

import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import psutil
from docker.models.containers import Container

__all__ = ["Others", "used"]


class Others:
    """Tells what part of the processors neither these containers nor this process took.

    Args:
        containers: Returns those that are looked at, as they are then.
    """

    def __init__(self, containers: Callable[[], Sequence[Container]]) -> None:
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
        return sum(times) - idle - me.user - me.system - sum(map(used, self._containers()))


def used(container: Container) -> float:
    """Return the processor seconds that a container has taken so far."""
    stats = cast("dict[str, Any]", container.stats(stream=False, one_shot=True))
    return float(stats["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9
