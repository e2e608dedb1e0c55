"""From a save on the host to the first answer that carries it."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from harness.criteria.facts import interval
from harness.criteria.facts.save import Saver, measured
from harness.criteria.judge import goals, saves
from harness.fixtures.stack import AcceptanceStack
from harness.pytest.check import Check

ROUNDS = 20


@pytest.mark.slow
@pytest.mark.criterion("G-1.1")
def test_a_save_is_live_soon(
    check: Check, stack: AcceptanceStack, benchmark: BenchmarkFixture
) -> None:
    """A saved change is served in time, in 95 of 100 cases."""

    def measure(saver: Saver) -> tuple[float, ...]:
        benchmark.pedantic(  # type: ignore[no-untyped-call]  # it is not annotated
            saver.save, setup=saver.prepare, rounds=ROUNDS
        )
        assert benchmark.stats, "pytest-benchmark is switched off"
        return tuple(round(seconds, 3) for seconds in benchmark.stats.stats.data)

    check(goals.save_to_live, measured(stack, measure))


@pytest.mark.slow
@pytest.mark.criterion("NFR-1.1")
def test_no_save_takes_long_at_any_interval(check: Check, stack: AcceptanceStack) -> None:
    """However fast saves follow each other, each is served in time."""
    check(saves.at_any_interval, interval.observe(stack))
