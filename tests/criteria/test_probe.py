"""The answer in which an edit shows: named, usual, or unknown."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import cast

import pytest

from harness.criteria.facts.probe import Probe
from harness.criteria.faults import UnobservableError
from harness.docker.stack import Stack
from harness.project import Project


class _Answer(BaseHTTPRequestHandler):
    body = b"{}"

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def gateway() -> Iterator[tuple[str, type[_Answer]]]:
    class Own(_Answer):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Own
        server.shutdown()


def stack_of(root: Path, url: str, settings: str = "") -> Stack:
    (root / "harness.toml").write_text(f'[probe]\nfile = "x.ts"\n{settings}', encoding="utf-8")
    (root / "x.ts").write_text("export {};\n", encoding="utf-8")
    return cast("Stack", SimpleNamespace(project=Project(root), gateway_url=url))


def test_an_unknown_answer_is_not_guessed(
    tmp_path: Path, gateway: tuple[str, type[_Answer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.criteria.facts.probe._PATIENCE", 0.1)
    with pytest.raises(UnobservableError, match=r"/loa/version has no revision.*probe\.url"):
        Probe(stack_of(tmp_path, gateway[0])).answering()


def test_the_usual_answer_is_tried(tmp_path: Path, gateway: tuple[str, type[_Answer]]) -> None:
    gateway[1].body = b'{"revision": 7}'
    assert Probe(stack_of(tmp_path, gateway[0])).answering().value() == "7"


def test_a_proxy_that_the_shell_names_is_not_asked(
    tmp_path: Path, gateway: tuple[str, type[_Answer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    gateway[1].body = b'{"revision": 7}'
    assert Probe(stack_of(tmp_path, gateway[0])).value() == "7"


def test_a_named_answer_that_does_not_come_is_the_checks_to_judge(
    tmp_path: Path, gateway: tuple[str, type[_Answer]]
) -> None:
    stack = stack_of(tmp_path, gateway[0], 'url = "/mine"\nfield = "version"\n')
    assert Probe(stack).answering().value() is None
