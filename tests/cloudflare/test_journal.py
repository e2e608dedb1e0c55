"""The record is a lock: the second release refuses, a dead one is taken over, a late one stops."""

import socket
import threading

import psutil
import pytest

from harness.cloudflare.journal import Journal, Step, TakenOverError, identity
from harness.cloudflare.record import Phase
from harness.errors import ReleaseError
from tests.cloudflare.made_up import MadeUp

ALIVE = "elsewhere 1/1.00/1.00"
NAMESAKE = f"{socket.gethostname()} 999999999/1.00/1.00"


def journal(shelf: MadeUp, owner: str = "me", lease: float = 0.0) -> Journal:
    return Journal(shelf, "production", owner, lease=lease)


@pytest.mark.parametrize("owner", [ALIVE, NAMESAKE], ids=["another machine", "of the same name"])
def test_the_second_release_refuses_while_the_first_one_gives_signs_of_life(owner: str) -> None:
    shelf = MadeUp()
    first = journal(shelf, owner)
    first.take()
    over = threading.Event()

    def live() -> None:
        while not over.wait(0.1):
            first.note()

    thread = threading.Thread(target=live)
    thread.start()
    try:
        with pytest.raises(ReleaseError, match=r"is under way .held.; nothing was changed"):
            journal(shelf, lease=30).take()
    finally:
        over.set()
        thread.join()
    assert first.record.owner == owner


def test_one_that_gives_none_is_taken_over_and_stops_at_its_next_step() -> None:
    shelf = MadeUp()
    first = journal(shelf, ALIVE)
    first.take()
    first.note(phase=Phase.SWITCHING)
    second = journal(shelf)
    assert second.take().phase is Phase.SWITCHING
    ran: list[str] = []
    with pytest.raises(TakenOverError, match="has taken over"):
        first.walk([Step(Phase.SWITCHING, "x", lambda: ran.append("x"))])
    assert ran == []


def test_a_process_of_this_machine_that_is_gone_is_not_waited_for() -> None:
    shelf = MadeUp()
    gone = f"999999999/1.00/{psutil.boot_time():.2f}"
    journal(shelf, f"{socket.gethostname()} {gone}").take()
    assert journal(shelf, lease=300).take().owner == "me"


def test_the_recover_job_does_not_wait_for_the_release_of_its_own_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    monkeypatch.setenv("GITHUB_JOB", "deploy")
    shelf = MadeUp()
    journal(shelf, identity()).take()
    monkeypatch.setenv("GITHUB_JOB", "recover")
    assert journal(shelf, identity(), lease=300).take().owner == "run 7.1 recover"


def test_two_that_take_it_at_once_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = MadeUp()
    first, second = journal(shelf, "a"), journal(shelf, "b")
    first.take()
    first.close(first.record.freed())
    seen = shelf.read("production")
    monkeypatch.setattr(shelf, "read", lambda _: seen)
    first.take()
    with pytest.raises(TakenOverError):
        second.take()


def test_it_is_free_once_it_is_closed() -> None:
    shelf = MadeUp()
    first = journal(shelf, ALIVE)
    first.take()
    first.close(first.record.freed())
    assert journal(shelf, lease=300).take().phase is Phase.HELD


def test_a_write_of_ours_whose_answer_was_lost_does_not_end_the_release() -> None:
    shelf = MadeUp()
    mine = journal(shelf)
    mine.take()
    record, mark = shelf.read("production")
    shelf.write("production", record.model_copy(update={"beat": 99}), mark)
    mine.note(phase=Phase.SWITCHING)
    assert shelf.read("production")[0].phase is Phase.SWITCHING
