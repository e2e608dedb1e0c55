"""`make dev` as other checkouts have it: it ends, stays, or never comes to anything."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.criteria.facts import dev_call
from harness.criteria.facts.dev_call import DevCalls, dev_calls
from harness.criteria.facts.developer import Developer
from harness.engine.model import Engine
from harness.poll import until
from harness.project import Project

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("_STAYS", 1.0), ("_STAYS_AGAIN", 0.5), ("_COMES_UP", 3.0)):
        monkeypatch.setattr(dev_call, name, seconds)
    monkeypatch.setattr(dev_call, "_STEP", 0.1)


@pytest.fixture
def calls(tmp_path: Path) -> Iterator[DevCalls]:
    """Calls in a checkout that serves while the file `up` is there."""
    (tmp_path / "harness.toml").touch()
    engine = Engine(host="", origin="", version="", program=Path(sys.executable))
    developer = Developer(Project(tmp_path), engine)
    with dev_calls(developer, (tmp_path / "up").exists) as found:
        yield found


def says(calls: DevCalls, recipe: str) -> None:
    (calls.developer.project.root / "Makefile").write_text(f"dev:\n\t@{recipe}\n", "utf-8")


def test_one_that_ends_is_known_by_its_status(calls: DevCalls) -> None:
    says(calls, "echo coming; touch up; echo up >&2")
    found = calls.call(seconds=30)
    assert (found.status, found.printed) == (0, "coming\nup\n")


def test_one_that_fails_is_not_waited_for(calls: DevCalls) -> None:
    says(calls, "echo no image; exit 3")
    found = calls.call(seconds=30)
    assert found.status == 2, "make's own"
    assert found.printed.startswith("no image\n")
    assert found.seconds < 3


def test_what_one_started_and_did_not_wait_for_comes_up(calls: DevCalls) -> None:
    says(calls, "(sleep 1; touch up) >/dev/null 2>&1 &")
    found = calls.call(seconds=30)
    assert (found.status, calls.serves()) == (0, True)
    assert found.seconds > 1


def test_one_that_stays_beside_what_serves_goes_on_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").touch()
    engine = Engine(host="", origin="", version="", program=Path(sys.executable))
    developer = Developer(Project(tmp_path), engine)
    with dev_calls(developer, (tmp_path / "up").exists) as calls:
        says(calls, "touch up; echo $$$$ >>pids; echo up; while :; do sleep 0.1; done")
        first, second = calls.call(seconds=30), calls.call(seconds=30)
        assert (first.status, second.status) == (None, None)
        assert first.printed == "up\n"
        assert first.seconds < 1, "it counts until it serves"
        pids = [int(it) for it in (tmp_path / "pids").read_text().split()]
        assert len(pids) == 2
        assert all(map(psutil.pid_exists, pids))
        assert calls.printed() == "up\nup\n"
    until(lambda: not any(map(psutil.pid_exists, pids)), seconds=5, what="both have ended")


def test_one_that_starts_all_anew_is_waited_for(calls: DevCalls) -> None:
    """What serves when it is called does not count: it goes down first."""
    (calls.developer.project.root / "up").touch()
    says(calls, "sleep 0.4; rm up; sleep 1; touch up; echo again; sleep 60")
    found = calls.call(seconds=30)
    assert found.printed == "again\n"
    assert found.seconds > 1


def test_one_that_comes_to_nothing_is_ended(calls: DevCalls) -> None:
    says(calls, "echo $$$$ >pid; echo pulling; sleep 60")
    began = time.monotonic()
    found = calls.call(seconds=2)
    assert (found.status, found.printed) == (None, "pulling\n")
    assert time.monotonic() - began < 10
    pid = int((calls.developer.project.root / "pid").read_text())
    until(lambda: not psutil.pid_exists(pid), seconds=5, what="what make had started ends")
