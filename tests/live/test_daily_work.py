"""`harness dev` and `harness restart` on a real stack, from the command line to the gateway."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from harness.docker.stack import Stack
from harness.engine.model import Engine
from harness.errors import LayerError, StackError
from harness.poll import until
from harness.project import Project
from tests.conftest import REPOSITORY
from tests.live.conftest import own_checkout
from tests.live.terminal import Terminal, terminal

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("daily work")]

HARNESS = str(Path(sys.executable).parent / "harness")
KEYS = r"^r restart  o open  l log  q leave$"
# A save that comes before the next gateway is warm waits for it.
PHASES = r"\(noticed \d+\.\d\d, (waited \d+\.\d\d, )?loaded \d+\.\d\d\)"
LIVE = rf"^scheduler\.ts → live in \d+\.\d\d s {PHASES}"
UP = 300.0


@pytest.fixture(scope="module")
def daily(docker: Engine) -> Iterator[Project]:
    """A copy of the checkout, for `harness dev`; what it brought up goes with the tests."""
    with own_checkout(docker) as project:
        yield project


@contextmanager
def dev(project: Project, *, keys: str = KEYS, **variables: str) -> Iterator[Terminal]:
    kept = {name: it for name, it in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
    environment = {**kept, "TERM": "xterm-256color", **variables}
    words = [HARNESS, "dev", "--project", str(project.root)]
    with terminal(words, env=environment, rows=40, columns=200) as screen:
        screen.see(keys, seconds=UP)
        yield screen


def harness(project: Project, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [HARNESS, *words, "--project", str(project.root)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=UP)


def save(project: Project, text: str) -> None:
    source = project.layer / "scheduler.ts"
    original = (REPOSITORY / "deploy/loa-identity/scheduler.ts").read_text(encoding="utf-8")
    source.write_text(original + text, encoding="utf-8")


def revision(stack: Stack) -> str:
    return httpx.get(f"{stack.gateway_url}/loa/version", timeout=5).text


def found(project: Project, engine: Engine) -> Stack:
    stack = Stack.find(project, engine)
    assert stack is not None
    return stack


def test_a_day_of_work(daily: Project, docker: Engine) -> None:
    with dev(daily) as screen:
        screen.see(r"^Loa is up: http://127\.0\.0\.1:\d+/loa/version$")
        stack = found(daily, docker)
        before = revision(stack)
        crosses = lambda: (stack.health() or {})["watch"]["events"]  # noqa: E731 -- one look
        until(crosses, seconds=120, what="the sentinel is seen")

        save(daily, "// one\n")
        screen.see(f"{LIVE}  tsc ok$")
        assert revision(stack) != before

        save(daily, "export const wrong: number = 'a';\n")
        screen.see(rf"{LIVE}  tsc: scheduler\.ts:\d+ TS2322 Type 'string'")

        save(daily, "const (;\n")
        screen.see(r"^scheduler\.ts → broken after \d+\.\d\d s  the one before goes on serving")
        screen.see(r"^  deploy/loa-identity/scheduler\.ts:\d+: ")
        assert revision(stack), "it serves all the same"

        save(daily, "// two\n")
        # Pressed sooner, one load would be made of both, and named after the file.
        serves = lambda: (stack.health() or {}).get("status") == "healthy"  # noqa: E731 -- one look
        until(serves, seconds=120, what="the good save serves")
        screen.see(r"^r restart")
        screen.press("r")
        screen.see(r"^restart → live in")

        with dev(daily) as other:
            assert not [line for line in other.lines() if "starting the stack" in line]
            save(daily, "// three\n")
            other.see(f"{LIVE}  tsc ok$")
            other.press("\x03")
            assert other.end() == (0, None)
            assert other.lines()[-1].startswith("the environment goes on; `make dev-down` stops it")

        container = stack.container.id
        stack.compose.restart("loa")
        screen.see("^connected again, gateway → ", seconds=120)
        save(daily, "// four\n")
        until(lambda: revision(stack) != before, seconds=120, what="the save serves")
        assert stack.container.id == container

        assert harness(daily, "down").returncode == 0
        screen.see("^error: the stack was stopped; start it again with `make dev`$")
        assert screen.end() == (1, None)


def test_it_streams_and_restarts_for_another_program(daily: Project, docker: Engine) -> None:
    save(daily, "")
    words = [HARNESS, "dev", "--json", "--project", str(daily.root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            state = json.loads(child.stdout.readline())
            assert (state["event"], state["status"]) == ("state", "healthy")
            assert state["urls"]["gateway"] == found(daily, docker).gateway_url

            done = harness(daily, "restart")
            assert re.match(r"restart → live in \d+\.\d\d s \(loaded \d+\.\d\d\)\n", done.stdout)
            kinds = (json.loads(line)["event"] for line in child.stdout)
            assert "live" in kinds
        finally:
            child.send_signal(signal.SIGINT)
        assert child.wait(timeout=15) == 0

    save(daily, "throw new Error('not today');\n")
    found(daily, docker)
    done = harness(daily, "restart", "--json")
    assert done.returncode == 1
    ended = json.loads(done.stdout)
    assert (ended["event"], ended["serves"]) == ("broken", True)
    assert "not today" in ended["error"]
    save(daily, "")


def test_with_entr_it_is_looked_at(daily: Project, docker: Engine) -> None:
    with dev(daily, LOA_RELOADER="entr") as screen:
        stack = found(daily, docker)
        assert "/events" not in json.dumps(stack.health())
        save(daily, "// entr\n")
        screen.see(r"^scheduler\.ts → live after \d+\.\d\d s \(generation \d+\)", seconds=120)
        save(daily, "const (;\n")
        screen.see(r"^scheduler\.ts → broken .*nothing serves until a save loads", seconds=120)
        screen.see(r"^  deploy/loa-identity/scheduler\.ts:\d+: ParseError: ", seconds=120)
        assert not httpx.get(f"{stack.gateway_url}/loa/version", timeout=5).is_success
        save(daily, "// mended\n")
        until(stack.is_healthy, seconds=120, what="the mended save serves")
        screen.press("r")
        screen.see("^· entr takes no orders: starting the whole container again$")
        screen.see("^connected again, gateway → ", seconds=120)
        screen.press("q")
        assert screen.end() == (0, None)
        until(stack.is_healthy, seconds=120, what="the gateway serves")
        done = harness(daily, "restart")
        assert done.returncode == 0, done.stderr
        assert done.stdout == "restart → live (generation 1)\n"


def test_a_layer_that_does_not_load_at_first_can_be_mended_under_its_eyes(daily: Project) -> None:
    save(daily, "const (;\n")
    done = harness(daily, "dev")
    assert done.returncode == LayerError.exit_status
    said = r"error: the layer does not load: deploy/loa-identity/scheduler\.ts:\d+: .*; mend that"
    assert re.search(said, done.stderr)
    with dev(daily, keys=r"^broken  r restart") as screen:
        screen.see(r"^Loa comes up as soon as its layer loads: http://")
        screen.see(r"^gateway → broken \(generation 0\)  nothing serves until a save loads$")
        screen.see(r"^  deploy/loa-identity/scheduler\.ts:\d+: ")
        save(daily, "")
        screen.see(f"{LIVE}  tsc ok$", seconds=120)
        screen.press("q")
        assert screen.end() == (0, None)


def is_told(daily: Project, stack: Stack) -> None:
    """Whoever asks learns that what serves is not what was saved."""
    breaks = lambda: (stack.health() or {}).get("error")  # noqa: E731 -- one look
    error = until(breaks, seconds=120, what="the save is broken")
    assert revision(stack), "it serves all the same"
    done = harness(daily, "dev")
    assert (done.returncode, "Loa is up" in done.stdout) == (0, True)
    said = f"{error}; the one before goes on serving"
    assert f"warning: the newest save does not load: {said}\n" in done.stderr
    assert json.loads(harness(daily, "dev", "--detach", "--json").stdout)["error"] == error
    assert f": broken\n  why      {said}\n" in harness(daily, "status").stdout


def test_without_a_terminal_it_returns(
    daily: Project, docker: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = os.environ["PATH"].split(":")
    others = [it for it in path if not (Path(it) / "harness").exists()]
    monkeypatch.setenv("PATH", ":".join(others))
    done = harness(daily, "dev")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("activate` puts it on the PATH\n") == 1
    assert "Loa is up: http://127.0.0.1:" in done.stdout
    assert "q leave" not in done.stdout
    detached = harness(daily, "dev", "--detach", "--json")
    assert set(json.loads(detached.stdout)) == {"health", "gateway", "inspector", "error"}
    stack = Stack.find(daily, docker)
    assert stack
    save(daily, "const (;\n")
    is_told(daily, stack)
    stack.container.kill()
    ended = harness(daily, "restart")
    assert ended.returncode == StackError.exit_status
    assert "nothing is running: the container ended with status 137 (SIGKILL) at " in ended.stderr
    assert harness(daily, "down").returncode == 0
    missing = harness(daily, "restart")
    assert missing.returncode == StackError.exit_status
    assert missing.stderr == "error: nothing is running; start it with `make dev`\n"
    assert Stack.find(daily, docker) is None
