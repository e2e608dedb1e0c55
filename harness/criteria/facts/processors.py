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
        waited: Whether programs that this process has waited for count as it.
    """

    def __init__(
        self, containers: Callable[[], Sequence[Container]], *, waited: bool = False
    ) -> None:
        self._containers = containers
        self._waited = waited
        self._started = time.monotonic()
        self._at_first = self._read()

    def part(self) -> float:
        """Return the part since the beginning, from 0 to 1."""
        elapsed = (time.monotonic() - self._started) * (psutil.cpu_count() or 1)
        return round(min(max((self._read() - self._at_first) / elapsed, 0.0), 1.0), 3)

    def _read(self) -> float:
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        # What virtual machines take stands there twice: Linux has it in `user` and `nice` too.
        twice = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
        me = psutil.Process().cpu_times()
        mine = me.user + me.system
        mine += (me.children_user + me.children_system) if self._waited else 0.0
        return sum(times) - twice - idle - mine - sum(map(used, self._containers()))


def used(container: Container) -> float:
    """Return the processor seconds that a container has taken so far."""
    stats = cast("dict[str, Any]", container.stats(stream=False, one_shot=True))
    return float(stats["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9
