"""`harness dev --json` once the stack is up: one object an event, for another program."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from harness.poll import until
from harness.project import Project
from tests.live.reloader import PlayedReloader

URLS = {"gateway": "http://127.0.0.1:18789", "probe": "http://127.0.0.1:18789/loa/version"}
NO_TYPES = {
    "event": "note",
    "text": "types are not checked: there is no TypeScript beside the layer",
}


class Stream:
    """The program, and the objects that it printed."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self.child = child
        self._lines: Queue[str] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def next(self) -> dict[str, Any]:
        return dict(json.loads(self._lines.get(timeout=60)))

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self._lines.put(line)

    def until(self, event: str) -> dict[str, Any]:
        while True:
            came = self.next()
            if came["event"] == event:
                return came

    def end(self) -> None:
        """End the program, and read all that it has printed before its output is closed."""
        self.child.kill()
        self._reader.join(timeout=60)


def command(project: Project, reloader: PlayedReloader) -> list[str]:
    return [sys.executable, "-m", "tests.live.attached", "stream", str(project.root), reloader.url]


@contextmanager
def streaming(
    project: Project, reloader: PlayedReloader, stdin: int = subprocess.PIPE
) -> Iterator[Stream]:
    with subprocess.Popen(
        command(project, reloader),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        stream = Stream(child)
        try:
            yield stream
        finally:
            stream.end()


@pytest.fixture
def stream(checkout: Project, reloader: PlayedReloader) -> Iterator[Stream]:
    """Attached, and past what comes at first."""
    with streaming(checkout, reloader) as one:
        first = [one.next(), one.next()]
        events = {it.pop("at") and it["event"]: it for it in first}
        health = f"{reloader.url}/health"
        state = {"event": "state", **reloader.health, "urls": {"health": health, **URLS}}
        assert events == {"state": state, "note": NO_TYPES}
        yield one


def test_an_event_is_passed_on_as_it_came(stream: Stream, reloader: PlayedReloader) -> None:
    at = "2026-01-01T00:00:00+00:00"
    reloader.tell("tomorrow", nobody=["knows", 1])
    assert stream.next() == {"event": "tomorrow", "at": at, "nobody": ["knows", 1]}
    reloader.live()
    assert stream.next()["servedMs"] == 620


def test_pings_are_not(stream: Stream, reloader: PlayedReloader) -> None:
    reloader.tell("ping")
    reloader.tell("standby", state="warm")
    assert stream.next()["event"] == "standby"


def test_the_result_for_a_save_names_its_generation(
    typed: Project, reloader: PlayedReloader
) -> None:
    with streaming(typed, reloader) as stream:
        assert stream.until("types")["total"] == 0
        (typed.layer / "scheduler.ts").write_text("const a: number = '';\n", encoding="utf-8")
        reloader.live(5)
        types = stream.until("types")
    assert (types["generation"], types["total"]) == (5, 1)
    text = "Type 'string' is not assignable to type 'number'."
    mistake = {"file": "scheduler.ts", "line": 1, "code": "TS2322", "text": text}
    assert types["errors"] == [mistake]


def test_a_connection_that_breaks_is_told(stream: Stream, reloader: PlayedReloader) -> None:
    reloader.cut()
    assert [stream.next()["event"], stream.next()["event"]] == ["lost", "state"]


def test_where_entr_reloads_the_same_events_are_told(
    checkout: Project, reloader: PlayedReloader
) -> None:
    reloader.tells_events = False
    with streaming(checkout, reloader) as stream:
        assert stream.until("state")["reloader"] == "handover", "as /health has it"
        reloader.health |= {"generation": 2, "cause": "wal.ts"}
        live = stream.until("live")
    assert (live["generation"], live["cause"]) == (2, "wal.ts")


@pytest.mark.parametrize(
    "answer",
    [
        (200, '{"status": "healthy"}'),
        (200, "<!doctype html>\n<title>It works</title>\n"),
        (200, "[]"),
        (200, ""),
        (204, ""),
        (302, ""),
        (405, ""),
        (500, "no such path"),
    ],
)
def test_a_server_of_somebody_else_is_followed_by_its_health_and_not_lost(
    checkout: Project, reloader: PlayedReloader, answer: tuple[int, str]
) -> None:
    reloader.tells_events, reloader.stranger = False, answer
    with streaming(checkout, reloader) as stream:
        assert stream.until("state")["status"] == "healthy"
        reloader.health |= {"generation": 2}
        assert stream.next()["event"] == "live"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(stream: Stream, number: signal.Signals) -> None:
    stream.child.send_signal(number)
    expected = 0 if number == signal.SIGINT else -number
    assert stream.child.wait(timeout=15) == expected
    assert stream.child.stderr is not None
    assert stream.child.stderr.read() == ""


def test_the_end_of_standard_input_ends_it(stream: Stream) -> None:
    assert stream.child.stdin is not None
    stream.child.stdin.close()
    assert stream.child.wait(timeout=15) == 0


def test_without_a_standard_input_it_goes_on(checkout: Project, reloader: PlayedReloader) -> None:
    with streaming(checkout, reloader, stdin=subprocess.DEVNULL) as stream:
        stream.until("state")
        reloader.live()
        assert stream.until("live")["generation"] == 2


def test_a_reader_that_goes_ends_it(checkout: Project, reloader: PlayedReloader) -> None:
    words = command(checkout, reloader)
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline().startswith(b"{")
        child.stdout.close()
        assert child.wait(timeout=15) == 0
        assert child.stderr.read() == b""


def test_a_stack_that_is_stopped_ends_it_with_one_line(
    checkout: Project, stream: Stream, reloader: PlayedReloader
) -> None:
    (checkout.root / "condition").write_text("gone", encoding="utf-8")
    reloader.stop()
    assert stream.child.wait(timeout=15) == 1
    assert stream.child.stderr is not None
    said = stream.child.stderr.read()
    assert said == "error: the stack was stopped; start it again with `make dev`\n"


def test_nobody_follows_any_more_afterwards(stream: Stream, reloader: PlayedReloader) -> None:
    stream.child.send_signal(signal.SIGINT)
    stream.child.wait(timeout=15)

    def alone() -> bool:
        reloader.tell("standby", state="warm")
        return reloader.followers == 0

    until(alone, seconds=120, what="the connection is closed")
