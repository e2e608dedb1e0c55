"""What others took of the processors, told from counters that are made up."""

from types import SimpleNamespace
from typing import NamedTuple

import psutil
import pytest

from harness.criteria.facts import processors
from harness.criteria.facts.processors import Others

SECONDS, CPUS = 4.0, 2


class Times(NamedTuple):
    """The seconds that Linux counts, by psutil's names."""

    user: float = 0.0
    nice: float = 0.0
    system: float = 0.0
    idle: float = 0.0
    iowait: float = 0.0
    guest: float = 0.0
    guest_nice: float = 0.0


class Elsewhere(NamedTuple):
    """What every system counts."""

    user: float = 0.0
    nice: float = 0.0
    system: float = 0.0
    idle: float = 0.0


def part(
    monkeypatch: pytest.MonkeyPatch, spent: Times | Elsewhere, *, mine: tuple[float, float]
) -> float:
    """Return what is told after four seconds on two processors, in which so much was spent."""
    now, all_of_them, own = [100.0], [type(spent)()], [(1.0, 1.0)]
    times = ("user", "system")
    process = SimpleNamespace(
        cpu_times=lambda: SimpleNamespace(**dict(zip(times, own[-1], strict=True)))
    )
    monkeypatch.setattr(processors, "time", SimpleNamespace(monotonic=lambda: now[-1]))
    monkeypatch.setattr(psutil, "cpu_count", lambda: CPUS)
    monkeypatch.setattr(psutil, "cpu_times", lambda: all_of_them[-1])
    monkeypatch.setattr(psutil, "Process", lambda: process)
    others = Others(lambda: ())
    now.append(100.0 + SECONDS)
    all_of_them.append(spent)
    own.append((1.0 + mine[0], 1.0 + mine[1]))
    return others.part()


@pytest.mark.parametrize(
    "spent", [Times(user=1, guest=1, idle=7), Times(nice=1, guest_nice=1, idle=7)]
)
def test_a_virtual_machine_counts_once(monkeypatch: pytest.MonkeyPatch, spent: Times) -> None:
    assert part(monkeypatch, spent, mine=(0, 0)) == 0.125


@pytest.mark.parametrize(
    "spent",
    [
        Times(user=3, system=1, idle=3, iowait=1),
        Elsewhere(user=3, system=1, idle=4),
    ],
)
def test_neither_rest_nor_ones_own_counts(
    monkeypatch: pytest.MonkeyPatch, spent: Times | Elsewhere
) -> None:
    assert part(monkeypatch, spent, mine=(1.5, 0.5)) == 0.25
