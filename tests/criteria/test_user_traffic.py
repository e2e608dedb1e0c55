"""The users whom releases are tried on take each answer for what it is."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from harness.criteria.facts.user_traffic import Answer, Answers, UserTraffic, user_traffic
from harness.poll import until

TOKEN = "of-a-test"
EXPECTED = ("v1", "abc")
PATIENCE = 30.0


@contextmanager
def deployment(*, status: int = 200, ends: bool = False) -> Iterator[str]:
    """Serve what the Worker and the gateway behind it serve, and hand over the URL."""

    def answer(connection: ServerConnection, request: Request) -> Response | None:
        known = {
            "/health": {"version": "v1", "revision": "abc", "gateway": "running"},
            "/loa/version": {"image": "abc"},
        }
        if request.path == "/loa/version" and request.headers["Authorization"] != f"Bearer {TOKEN}":
            return connection.respond(401, "")
        body = known.get(request.path)
        return connection.respond(status, json.dumps(body)) if body else None

    def speak(socket: ServerConnection) -> None:
        socket.send("challenge")
        if not ends:
            socket.recv()

    with serve(speak, "127.0.0.1", 0, process_request=answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


def asked(url: str, token: str = TOKEN) -> UserTraffic:
    with user_traffic(url, token) as seen:
        ways = (seen.health, seen.requests, seen.sockets)
        until(lambda: min(map(len, ways)) >= 2, seconds=PATIENCE, what="two answers in each way")
    return seen


def test_what_is_well_is_well_in_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment that is rehearsed is on this machine: no proxy of the shell's leads there."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    with deployment() as url:
        seen = asked(url)
    for answers, expected in ((seen.health, EXPECTED), (seen.requests, EXPECTED[1:])):
        found = Answers.of(answers, expected)
        assert (found.failed, found.others, found.window) == (0, 0, 0)
        assert found.asked >= 2
        assert found.longest > 0
    assert all(it.good for it in seen.sockets)
    assert Answers.of(seen.health, ("v2", "abc")).others == len(seen.health)


def test_a_bad_status_a_wrong_token_and_a_line_that_ends_have_failed() -> None:
    with deployment(status=503, ends=True) as url:
        seen = asked(url, "another")
    assert not any(it.good for it in (*seen.health, *seen.requests, *seen.sockets))
    assert {it.of for it in seen.health} == {EXPECTED}
    assert {it.of for it in seen.requests} == {()}


def test_where_nobody_is_every_request_has_failed() -> None:
    with socket.socket() as held:  # bound, so that nobody else listens there
        held.bind(("127.0.0.1", 0))
        seen = asked(f"http://127.0.0.1:{held.getsockname()[1]}")
    assert not any(it.good for it in (*seen.health, *seen.requests, *seen.sockets))


def test_the_window_reaches_from_the_first_bad_answer_to_the_end_of_the_last() -> None:
    answers = [
        Answer(0.0, 0.5, good=True, of=EXPECTED),
        Answer(1.0, 3.0, good=False, of=()),
        Answer(2.0, 4.5, good=True, of=("v2", "abc")),
        Answer(5.0, 7.0, good=True, of=EXPECTED),
    ]
    found = Answers.of(answers, EXPECTED)
    assert found == Answers(asked=4, failed=1, others=1, window=3.5, longest=2.5)
