"""Work beside a block ends with it, and does not end unseen."""

import threading

import pytest

from harness.beside import beside


def test_work_ends_with_the_block() -> None:
    ended: list[str] = []

    def work(over: threading.Event) -> None:
        over.wait()
        ended.append("work")

    with beside(work):
        assert not ended
    assert ended == ["work"]


def fails(_: threading.Event) -> None:
    raise ValueError("the work")


def test_work_that_fails_is_no_work_that_found_nothing() -> None:
    with pytest.raises(ValueError, match="the work"), beside(fails):
        pass


def test_what_the_block_raises_says_more() -> None:
    with pytest.raises(KeyError), beside(fails):
        raise KeyError
