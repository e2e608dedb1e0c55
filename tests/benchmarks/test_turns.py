"""The measuring device itself, held to a gateway whose delays are known."""

import asyncio
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any, cast

import pytest

from harness.benchmark.asker import EVERY, Answer, asking, first_other
from harness.benchmark.turns import Turns, phases, turn_of
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, eventually, until
from harness.project import Project

DOWN, SERVED = 0.3, 0.8
"""Seconds after a save at which the gateway goes down, and at which it serves the save."""


@dataclass
class Gateway:
    """Stands in for a stack: it serves what the probe file holds, some time after it was saved."""

    project: Project
    gateway_url: str = ""
    standby: str = "warm"
    used: int = 0
    served: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self._probe = self.project.root / self.project.config.probe.file
        self.served = self._probe.read_text(encoding="utf-8")

    @property
    def container(self) -> "Gateway":
        return self

    def stats(self, **_: object) -> dict[str, Any]:
        return {"cpu_stats": {"cpu_usage": {"total_usage": self.used}}}

    def health(self) -> dict[str, Any]:
        return {"standby": {"state": self.standby}}

    def answer(self) -> str | None:
        content, since = self._probe.read_text(encoding="utf-8"), self._probe.stat().st_mtime
        age = time.time() - since
        if content != self.served and age > SERVED:
            self.served = content
        restarting = content != self.served and age > DOWN
        return None if restarting else str(hash(self.served))


@contextmanager
def served(gateway: Gateway) -> Iterator[Gateway]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            value = gateway.answer()
            self.send_response(503 if value is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps({"revision": value}).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        gateway.gateway_url = f"http://127.0.0.1:{server.server_port}"
        yield gateway
        server.shutdown()
        thread.join()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    (tmp_path / "harness.toml").touch()
    project = Project(tmp_path)
    probe = tmp_path / project.config.probe.file
    probe.parent.mkdir(parents=True)
    probe.write_text("export {};\n", encoding="utf-8")
    with served(Gateway(project)) as found:
        yield found


def turns(gateway: Gateway) -> Turns:
    return Turns(cast("Stack", gateway))


def test_a_turn_measures_delay_and_failures(gateway: Gateway) -> None:
    turn = asyncio.run(turns(gateway).take())
    assert turn.seconds is not None
    assert SERVED <= turn.seconds < SERVED + 0.3  # never quicker than it was
    assert turn.failed == pytest.approx((SERVED - DOWN) / EVERY, abs=4)
    assert turn.failed < turn.asked
    assert (turn.stale, turn.settled) == (0, True)


@pytest.mark.parametrize("turns", [8, 20])
def test_saves_fall_evenly_between_two_requests(turns: int) -> None:
    quarters = Counter(int(4 * it / EVERY) for it in islice(phases(), turns))
    assert set(quarters) == {0, 1, 2, 3}
    assert max(quarters.values()) - min(quarters.values()) <= 2


def test_a_difference_below_the_interval_is_seen() -> None:
    """Of two that differ by a fifth of it, the medians over twenty saves do about as much."""

    def median_seen(delay: float) -> float:
        return median(ceil((delay + it) / EVERY) * EVERY - it for it in islice(phases(), 20))

    gain = median_seen(3.3 * EVERY) - median_seen(3.1 * EVERY)
    assert gain == pytest.approx(0.2 * EVERY, abs=0.1 * EVERY)


def test_what_is_still_busy_is_not_at_rest(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.benchmark.turns._RESTLESS", 3.0)
    gateway.standby = "warming"
    assert not asyncio.run(turns(gateway).take()).settled


def test_a_save_that_is_never_served_is_lost(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.benchmark.turns._PATIENCE", SERVED / 4)
    monkeypatch.setattr("harness.benchmark.turns._RESTLESS", SERVED / 4)
    assert asyncio.run(turns(gateway).take()).seconds is None


def test_a_syntax_error_is_watched_and_mended(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.benchmark.turns._BROKEN", DOWN + 0.4)
    broken = asyncio.run(turns(gateway).fail())
    assert broken.failed == pytest.approx(0.4 / EVERY, abs=4)
    assert broken.seconds == pytest.approx(SERVED, abs=0.2)


def test_a_port_where_nobody_listens_fails_each_request() -> None:
    async def ask(port: int) -> list[Answer]:
        async with asking(f"http://127.0.0.1:{port}", "revision") as answers:

            async def enough() -> bool:
                return len(answers) >= 20

            await eventually(enough, seconds=120, what="20 requests were made")
        return answers

    with socket.socket() as held:  # bound, so that nobody else listens there
        held.bind(("127.0.0.1", 0))
        started = time.monotonic()
        answers = asyncio.run(ask(held.getsockname()[1]))
    assert time.monotonic() - started >= 19 * EVERY
    assert {it.value for it in answers} == {None}


def test_a_layer_that_never_answers_is_said_not_to(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.benchmark.turns._READY", 0.1)
    monkeypatch.setattr(gateway, "answer", lambda: None)
    for turn in (turns(gateway).take, turns(gateway).fail):
        with pytest.raises(PollTimeoutError, match="the layer answers: not within"):
            asyncio.run(turn())


def test_an_answer_to_an_earlier_request_shows_nothing() -> None:
    answers = [Answer(0.0, 2.0, "new"), Answer(1.0, 1.1, None), Answer(1.5, 1.6, "old")]
    assert first_other(answers, 1.0, "old") is None
    late = Answer(1.8, 1.9, "new")
    assert first_other([*answers, late], 1.0, "old") is late


def test_the_old_code_after_the_new_is_stale() -> None:
    answers = [
        Answer(0.0, 0.1, "old"),
        Answer(1.0, 1.4, "new"),
        Answer(1.2, 1.5, "old"),  # was under way when the new one was first served
        Answer(1.6, 1.7, "old"),
        Answer(1.8, 1.9, None),
    ]
    turn = turn_of(answers, 0.5, "old", settled=True)
    assert (turn.seconds, turn.asked, turn.failed, turn.stale) == (0.9, 5, 1, 1)
    assert turn.slowest == pytest.approx(0.4)


def test_the_stand_in_itself_goes_down_and_comes_back(gateway: Gateway) -> None:
    probe = gateway.project.root / gateway.project.config.probe.file
    before = gateway.answer()
    probe.write_text("export const other = 1;\n", encoding="utf-8")
    until(lambda: gateway.answer() is None, seconds=1, what="it is down")
    until(lambda: gateway.answer() not in {None, before}, seconds=2, what="it serves the save")
