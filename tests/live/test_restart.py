import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from harness.commands import restart as command
from harness.console import log
from harness.errors import StackError
from harness.live import restart
from harness.live.client import NoEventsError
from harness.poll import until
from harness.project import Project
from tests.live.attached import PlayedTarget
from tests.live.reloader import PlayedReloader


def load_again(
    project: Project,
    reloader: PlayedReloader,
    answer: Callable[[], None],
    on_silent: Callable[[], None] = pytest.fail,
) -> dict[str, Any]:
    """Order a restart, and let the reloader answer once the order has come."""

    def play() -> None:
        until(lambda: reloader.orders, seconds=120, what="the order comes")
        answer()

    thread = Thread(target=play)
    thread.start()
    try:
        target = PlayedTarget(project.root, reloader.url)
        return asyncio.run(restart.load_again(target, on_silent))
    finally:
        thread.join()


def noticed(reloader: PlayedReloader, generation: int, cause: str = "restart") -> None:
    reloader.tell("noticed", generation=generation, cause=cause, files=[])


def test_it_ends_with_its_own_load(checkout: Project, reloader: PlayedReloader) -> None:
    def answer() -> None:
        reloader.live(2, cause="scheduler.ts")  # a save that was under way
        noticed(reloader, 3)
        reloader.live(3, cause="restart")

    ended = load_again(checkout, reloader, answer)
    assert (ended["event"], ended["generation"], ended["serves"]) == ("live", 3, True)
    assert reloader.orders == [("/restart", None)]


def test_a_load_that_gave_way_to_a_newer_save_ends_with_that(
    checkout: Project, reloader: PlayedReloader
) -> None:
    def answer() -> None:
        noticed(reloader, 2)
        noticed(reloader, 3, "scheduler.ts")
        reloader.live(3)

    assert load_again(checkout, reloader, answer)["generation"] == 3


@pytest.mark.parametrize("serves", [True, False])
def test_a_broken_layer_says_whether_anything_serves(
    checkout: Project,
    reloader: PlayedReloader,
    serves: bool,  # noqa: FBT001 -- pytest's
) -> None:
    # It may have served before, and have ended since.
    def answer() -> None:
        noticed(reloader, 2)
        about = {"generation": 2, "cause": "restart", "afterMs": 10}
        reloader.tell("broken", **about, error="x.ts:1: no", serves=serves)

    ended = load_again(checkout, reloader, answer)
    assert (ended["event"], ended["serves"]) == ("broken", serves)


@pytest.mark.parametrize("end", ["live", "broken"])
def test_one_that_does_not_answer_yet_is_waited_for(
    checkout: Project, reloader: PlayedReloader, end: str
) -> None:
    about = {"cause": "restart", "files": []}

    def answer() -> None:
        reloader.tell("silent", generation=1, **about)  # a save that was under way
        noticed(reloader, 2)
        reloader.tell("silent", generation=2, **about, afterMs=680, serves=True)
        reloader.tell(end, generation=2, **about, error="the layer does not answer after 10 s")

    said: list[str] = []
    ended = load_again(checkout, reloader, answer, lambda: said.append("silent"))
    assert (ended["event"], said) == (end, ["silent"])


def test_one_that_hung_and_was_taken_back_ends_as_what_serves(
    checkout: Project, reloader: PlayedReloader, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer() -> None:
        reloader.tell("restored", cause="a.ts", files=[])  # a save that was under way
        noticed(reloader, 2)
        reloader.tell("restored", cause="scheduler.ts", files=[])

    ended = load_again(checkout, reloader, answer)
    assert (ended["event"], ended["cause"], ended["serves"]) == ("restored", "scheduler.ts", True)
    command.say(ended)
    assert capsys.readouterr().out == "scheduler.ts → as it is served, nothing to load\n"


def test_a_connection_that_ends_is_a_known_problem(
    checkout: Project, reloader: PlayedReloader
) -> None:
    with pytest.raises(StackError, match="port 3000 does not answer; see `harness logs`"):
        load_again(checkout, reloader, reloader.cut)


def test_no_end_is_a_known_problem(
    checkout: Project, reloader: PlayedReloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restart, "_BESIDES", 0.1)
    (checkout.root / ".env.local").write_text("LOA_RELOAD_LIMIT=0.7\n", encoding="utf-8")
    with pytest.raises(StackError, match="the load did not end within 2 s"):
        load_again(checkout, reloader, lambda: noticed(reloader, 2))


def test_entr_takes_no_orders(checkout: Project, reloader: PlayedReloader) -> None:
    reloader.tells_events = False
    target = PlayedTarget(checkout.root, reloader.url)
    with pytest.raises(NoEventsError):
        asyncio.run(restart.load_again(target, pytest.fail))
    ended = asyncio.run(restart.start_again(target))
    assert (checkout.root / "restarted").exists()
    assert (ended["event"], ended["cause"], ended["serves"]) == ("live", "restart", True)


def test_a_container_that_comes_back_broken_is_broken(
    checkout: Project, reloader: PlayedReloader
) -> None:
    reloader.health |= {"status": "broken", "error": "the layer did not load"}
    target = PlayedTarget(checkout.root, reloader.url)
    ended = asyncio.run(restart.start_again(target))
    assert (ended["event"], ended["error"]) == ("broken", "the layer did not load")


def test_the_command_says_that_it_waits(
    checkout: Project,
    reloader: PlayedReloader,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = SimpleNamespace(project=checkout)
    monkeypatch.setattr(command, "running_stack", lambda _: nullcontext(stack))
    monkeypatch.setattr(command, "linked", lambda _: nullcontext())
    target = PlayedTarget(checkout.root, reloader.url)
    monkeypatch.setattr(command, "StackTarget", lambda _: target)

    def play() -> None:
        until(lambda: reloader.orders, seconds=120, what="the order comes")
        noticed(reloader, 2)
        reloader.tell("silent", generation=2, cause="restart", files=[], serves=True)
        reloader.live(2, cause="restart")

    with ThreadPoolExecutor() as pool:
        playing = pool.submit(play)
        command.restart(project=checkout.root)
        playing.result()
    said = capsys.readouterr()
    assert said.err == "· the layer does not answer yet; waiting for it\n"
    assert said.out.startswith("restart → live in ")


def test_what_is_printed_is_the_line_of_the_live_view(
    capsys: pytest.CaptureFixture[str],
) -> None:
    load = {"generation": 3, "cause": "restart", "files": []}
    times = {"noticedMs": 0, "loadedMs": 550, "servedMs": 560, "cold": False}
    command.say({"event": "live", **load, **times, "serves": True})
    expected = "restart → live in 0.56 s (loaded 0.55)\n"
    assert capsys.readouterr().out == expected
    assert not log.json_mode
