"""A series of saves is one only if the answer is the file's: it comes back with it."""

import itertools
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import cast

import pytest

from harness.criteria.facts import save
from harness.criteria.facts.save import Saver, measured
from harness.criteria.judge.goals import save_to_live
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Verdict
from harness.docker.stack import Stack
from harness.project import Project

FILE = "scheduler.ts"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[tuple[Stack, list[Callable[[], str]]]]:
    """A stack whose gateway answers what the functions of a list say."""
    (tmp_path / "harness.toml").write_text(f'[probe]\nfile = "{FILE}"\n', encoding="utf-8")
    (tmp_path / FILE).write_text("export {};\n", encoding="utf-8")
    answers: list[Callable[[], str]] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            # The first function answers for good, those after it once each.
            answer = answers.pop() if len(answers) > 1 else answers[0]
            self.wfile.write(f'{{"revision": "{answer()}"}}'.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    container = SimpleNamespace(
        stats=lambda **_: {"cpu_stats": {"cpu_usage": {"total_usage": 0}}},
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        told = {
            "project": Project(tmp_path),
            "gateway_url": f"http://127.0.0.1:{server.server_port}",
            "container": container,
            "exec": lambda *_: SimpleNamespace(stdout="entr"),
        }
        yield cast("Stack", SimpleNamespace(**told)), answers
        server.shutdown()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(save, "_THOUGHT", 0.0)
    monkeypatch.setattr(save, "_PATIENCE", 0.5)


def twenty(saver: Saver) -> tuple[float, ...]:
    for _ in range(20):
        saver.prepare()
        saver.save()
    return (0.1,) * 20


def verdict_of(stack: Stack) -> Verdict:
    return save_to_live(measured(stack, twenty), Quantity(5, "s")).verdict


def test_an_answer_that_is_the_files_passes(
    stack: tuple[Stack, list[Callable[[], str]]], tmp_path: Path
) -> None:
    stack[1].append(lambda: str(hash((tmp_path / FILE).read_text(encoding="utf-8"))))
    assert verdict_of(stack[0]) is Verdict.PASSED
    assert (tmp_path / FILE).read_text(encoding="utf-8") == "export {};\n"


def test_one_that_was_still_of_another_save_at_first_passes(
    stack: tuple[Stack, list[Callable[[], str]]], tmp_path: Path
) -> None:
    stack[1].append(lambda: str(hash((tmp_path / FILE).read_text(encoding="utf-8"))))
    stack[1].extend([lambda: "older"] * 2)
    assert verdict_of(stack[0]) is Verdict.PASSED


def test_one_that_changes_by_itself_says_nothing(
    stack: tuple[Stack, list[Callable[[], str]]],
) -> None:
    numbers = itertools.count()
    stack[1].append(lambda: str(next(numbers)))
    assert verdict_of(stack[0]) is Verdict.UNVERIFIED


def test_one_that_is_never_put_back_says_nothing(
    stack: tuple[Stack, list[Callable[[], str]]], tmp_path: Path
) -> None:
    seen: dict[str, int] = {}
    numbers = itertools.count()

    def restarts() -> str:
        """Return how often what is in the file was another than before."""
        text = (tmp_path / FILE).read_text(encoding="utf-8")
        if text not in seen:
            seen.clear()
            seen[text] = next(numbers)
        return str(seen[text])

    stack[1].append(restarts)
    assert verdict_of(stack[0]) is Verdict.UNVERIFIED
