"""Each illness of a deployment is told from the others, by a real server that has it."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.cloudflare.access import ID_HEADER
from harness.cloudflare.smoke import Expected, Outcome, Patience, Result, Sight, smoke
from harness.errors import ConfigError, ExitStatus

_GOOD = {"version": "new", "revision": "abc", "gateway": "running"}
_EXPECTED = Expected("new", "abc")
_LONG = Patience(answers=3, deadline=60, request=30)
_SHORT = Patience(answers=3, deadline=5, request=30)

Answer = Callable[[BaseHTTPRequestHandler, int], None]


def _send(
    handler: BaseHTTPRequestHandler, body: object, status: int = 200, location: str = ""
) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    if location:
        handler.send_header("Location", location)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def _always(body: object, status: int = 200, location: str = "") -> Answer:
    return lambda handler, _: _send(handler, body, status, location)


@contextmanager
def _server(answer: Answer) -> Iterator[str]:
    asked: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(1)
            answer(self, len(asked))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/health"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _smoke(answer: Answer, patience: Patience = _SHORT) -> Result:
    with _server(answer) as url:
        return smoke(url, _EXPECTED, patience)


def test_passes_on_a_healthy_deployment() -> None:
    found = _smoke(_always(_GOOD), _LONG)
    assert (found.outcome, found.in_a_row, found.looks) == (Outcome.PASSED, 3, 3)


def test_a_slow_start_passes_once_it_is_over() -> None:
    found = _smoke(
        lambda handler, n: _send(handler, _GOOD if n > 2 else _GOOD | {"gateway": "starting"}),
        _LONG,
    )
    assert found.outcome is Outcome.PASSED
    assert found.sights == {Sight.STARTING: 2, Sight.GOOD: 3}


def test_good_answers_count_only_in_a_row() -> None:
    found = _smoke(
        lambda handler, n: _send(handler, _GOOD, 503 if n == 3 else 200),
        _LONG,
    )
    assert (found.outcome, found.looks) == (Outcome.PASSED, 6)


_ILL: dict[Sight, Answer] = {
    Sight.OLD_VERSION: _always(_GOOD | {"version": "old"}),
    Sight.OLD_IMAGE: _always(_GOOD | {"revision": "old"}),
    Sight.DEAD_CONTAINER: _always(_GOOD | {"revision": "", "gateway": "stopped"}, 503),
    Sight.STARTING: _always(_GOOD | {"revision": "", "gateway": "starting"}, 503),
    Sight.ERROR_STATUS: _always(b"Internal error", 500),
    Sight.WRONG_BODY: _always(b"<html>Hello"),
    Sight.LOGIN: _always(b"", 302, "https://team.cloudflareaccess.com/cdn-cgi/access/login"),
    Sight.REDIRECT: _always(b"", 302, "/elsewhere"),
}


def _silent() -> Result:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        return smoke(f"http://127.0.0.1:{silent.getsockname()[1]}/", _EXPECTED, _SHORT)


def _nobody() -> Result:
    with socket.socket() as held:  # bound, so that none of the others listens there
        held.bind(("127.0.0.1", 0))
        return smoke(f"http://127.0.0.1:{held.getsockname()[1]}/", _EXPECTED, _SHORT)


@pytest.fixture(scope="module")
def looked_at() -> dict[Sight, Result]:
    """Each runs to its deadline, so they do it at the same time."""
    with ThreadPoolExecutor(16) as pool:
        found = {sight: pool.submit(_smoke, answer) for sight, answer in _ILL.items()}
        found[Sight.TIME_OUT] = pool.submit(_silent)
        found[Sight.UNREACHABLE] = pool.submit(_nobody)
        return {sight: result.result() for sight, result in found.items()}


@pytest.mark.parametrize("sight", [*_ILL, Sight.TIME_OUT])
def test_tells_illnesses_apart(looked_at: dict[Sight, Result], sight: Sight) -> None:
    found = looked_at[sight]
    assert (found.outcome, found.last.sight) == (Outcome.FAILED, sight)
    assert found.last.line.startswith(sight)
    assert "\n" not in found.last.line


def test_the_environments_own_health_is_not_a_workers() -> None:
    with _server(_always({"status": "healthy", "ok": True, "generation": 1})) as url:
        found = smoke(url, _EXPECTED, Patience(deadline=0.5))
    assert found.last.line == "wrong body: the answer is no health report of a Worker"


def test_the_help_says_which_url_it_wants() -> None:
    shown = CliRunner(env={"COLUMNS": "120"}).invoke(app, ["smoke", "--help"])
    assert "https://NAME.SUBDOMAIN.workers.dev/health" in shown.stdout


def test_nobody_there_is_inconclusive(looked_at: dict[Sight, Result]) -> None:
    found = looked_at[Sight.UNREACHABLE]
    assert (found.outcome, found.last.sight) == (Outcome.INCONCLUSIVE, Sight.UNREACHABLE)
    assert found.outcome.exit_status is ExitStatus.INCONCLUSIVE


def test_what_is_seen_is_said_while_it_is_waited_for() -> None:
    def answer(handler: BaseHTTPRequestHandler, n: int) -> None:
        ill = {1: {"gateway": "starting"}, 2: {"gateway": "starting"}, 3: {"version": "old"}}
        _send(handler, _GOOD | ill.get(n, {}))

    words = ["--version", "new", "--answers", "2", "--deadline", "60"]
    with _server(answer) as url:
        shown = CliRunner().invoke(app, ["smoke", url, *words])
    assert shown.exit_code == ExitStatus.OK
    notes = [line for line in shown.stderr.splitlines() if line.startswith("· ")]
    assert notes == [
        "· slow start: the container's gateway is still starting",
        "· old version: Worker 'old' answers, 'new' is expected",
    ]
    assert "- waiting up to 60 s for 2 good answers in a row (" in shown.stderr


@pytest.mark.parametrize("command", [["smoke", "ftp://nowhere/"], ["rollback"], ["recover"]])
@pytest.mark.parametrize("number", ["nan", "inf"])
def test_a_deadline_is_a_number_of_seconds(
    command: list[str], number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where there is nothing to release
    shown = CliRunner().invoke(app, [*command, "--deadline", number])
    assert shown.exit_code == ExitStatus.USAGE
    assert "--deadline" in shown.stderr


def test_sends_what_access_wants_and_never_prints_it(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[tuple[str | None, str | None]] = []

    def answer(handler: BaseHTTPRequestHandler, _: int) -> None:
        names = ("CF-Access-Client-Id", "CF-Access-Client-Secret")
        got.append((handler.headers[names[0]], handler.headers[names[1]]))
        _send(handler, _GOOD | {"version": "canary-secret"})

    monkeypatch.setenv("CF_ACCESS_CLIENT_ID", "canary-id")
    monkeypatch.setenv("CF_ACCESS_CLIENT_SECRET", "canary-secret")
    with _server(answer) as url:
        shown = CliRunner().invoke(app, ["smoke", url, "--answers", "1", "--deadline", "60"])
    assert (shown.exit_code, got) == (ExitStatus.OK, [("canary-id", "canary-secret")])
    assert "canary" not in shown.output


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("headers", "access"),
    [({}, "wants CF_ACCESS_CLIENT_ID"), ({ID_HEADER: "x"}, "does not take CF_ACCESS_CLIENT_ID")],
)
def test_of_a_refusal_it_is_said_what_it_may_mean(
    status: int, headers: dict[str, str], access: str
) -> None:
    with _server(_always(b"", status)) as url:
        found = smoke(url, _EXPECTED, Patience(deadline=0.5), headers)
    assert found.last.line.startswith(f"error status: HTTP {status}; the health route is /health")
    assert access in found.last.line


def test_one_that_passes_is_asked_again() -> None:
    """As where Access has not heard yet, in all places, who may come in."""
    found = _smoke(
        lambda handler, n: _send(handler, _GOOD if n > 2 else b"", 200 if n > 2 else 403), _LONG
    )
    assert (found.outcome, found.looks) == (Outcome.PASSED, 5)


def test_access_headers_do_not_go_in_the_clear() -> None:
    with pytest.raises(ConfigError, match="in the clear"):
        smoke("http://example.invalid/", _EXPECTED, _SHORT, {"CF-Access-Client-Id": "x"})


@pytest.mark.parametrize("url", ["http://127.0.0.1:70000/health", "http://127.0.0.1:0/health"])
def test_a_port_that_none_can_be_is_wrong_usage(url: str) -> None:
    with pytest.raises(ConfigError, match="the URL's port is not between 1 and 65535"):
        smoke(url, _EXPECTED, _SHORT)
