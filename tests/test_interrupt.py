import asyncio
import signal
from collections.abc import Iterator

import pytest

from harness.interrupt import interruptible, is_ending

TERM, INT = signal.SIGTERM, signal.SIGINT


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    """Have a signal that a block lets through end nothing but the test."""

    def through(number: int, _: object) -> None:
        raise AssertionError(f"{signal.Signals(number).name} came through")

    before = {it: signal.signal(it, through) for it in (TERM, INT)}
    signal.signal(INT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_first_is_a_ctrl_c_and_those_that_follow_are_not_heeded() -> None:
    with interruptible():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(TERM)
        signal.raise_signal(TERM)
        with pytest.raises(KeyboardInterrupt):  # somebody who insists
            signal.raise_signal(INT)
    with pytest.raises(AssertionError, match="SIGTERM came through"):
        signal.raise_signal(TERM)


def test_none_is_heeded_once_it_is_ending() -> None:
    with interruptible():
        is_ending()
        signal.raise_signal(TERM)
    is_ending()
    with pytest.raises(AssertionError, match="SIGTERM came through"):
        signal.raise_signal(TERM)


def test_where_ctrl_c_is_ignored_it_interrupts_all_the_same() -> None:
    signal.signal(INT, signal.SIG_IGN)
    with interruptible(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(TERM)


def test_a_loop_ends_its_tasks_in_good_order() -> None:
    ended = []

    async def wait() -> None:
        asyncio.get_running_loop().call_later(0.05, signal.raise_signal, TERM)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    with interruptible(), pytest.raises(KeyboardInterrupt):
        asyncio.run(wait())
    assert ended == ["cancelled"]
