"""`harness dev --inspect`: a debugger finds the gateway that serves, whatever was saved."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from harness import process
from harness.docker.stack import Stack
from harness.engine.model import Engine
from harness.poll import until
from harness.project import Project
from tests.conftest import REPOSITORY
from tests.live.conftest import own_checkout
from tests.live.debugger import attached_to, source_of

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("daily work")]

HARNESS = str(Path(sys.executable).parent / "harness")
LINE = "return { jitter: JITTER, tasks };"
"""Of the scheduler's figures, which /loa/health tells."""


@pytest.fixture(scope="module")
def inspected(docker: Engine) -> Iterator[Stack]:
    """An environment that was started with a port for a debugger."""
    with own_checkout(docker) as project:
        run("dev", "--inspect", "--detach", project=project)
        stack = Stack.find(project, docker)
        assert stack is not None
        yield stack


def run(*words: str, project: Project) -> str:
    return process.run([HARNESS, *words, "--project", project.root], timeout=300).stdout


def save(stack: Stack, text: str) -> Path:
    """Save scheduler.ts with a line more at its head, and wait until that serves."""
    before = (stack.health() or {})["generation"]
    source = stack.project.layer / "scheduler.ts"
    source.write_text(f"// {text}\n{source.read_text(encoding='utf-8')}", encoding="utf-8")

    def served() -> bool:
        health = stack.health() or {}
        return health.get("generation", 0) > before and health.get("status") == "healthy"

    until(served, seconds=120, what=f"{text} serves")
    return source


def test_a_breakpoint_in_the_scheduler_is_hit_after_three_reloads(inspected: Stack) -> None:
    port = inspected.inspector
    assert port is not None
    for number in (1, 2, 3):
        source = save(inspected, f"reload {number}")
    text = source.read_text(encoding="utf-8")
    line = next(at for at, it in enumerate(text.splitlines()) if LINE in it)
    with attached_to(port) as debugger, ThreadPoolExecutor() as beside:
        debugger.call("Debugger.enable")
        debugger.call("Debugger.setBreakpointByUrl", urlRegex=r".*/scheduler\.ts$", lineNumber=line)
        [script] = (
            it
            for it in debugger.seen("Debugger.scriptParsed")
            if it["url"].endswith("/workspace/deploy/loa-identity/scheduler.ts")
        )
        assert source_of(script) == text
        answer = beside.submit(httpx.get, f"{inspected.gateway_url}/loa/health", timeout=120)
        [frame, *_] = debugger.wait("Debugger.paused")["callFrames"]
        assert (frame["functionName"], frame["location"]["lineNumber"]) == ("figures", line)
        assert frame["location"]["scriptId"] == script["scriptId"]
        value = debugger.call(
            "Debugger.evaluateOnCallFrame", callFrameId=frame["callFrameId"], expression="JITTER"
        )
        assert value["result"]["value"] == pytest.approx(0.1)
        debugger.call("Debugger.resume")
        assert answer.result().json()["scheduler"]["jitter"] == pytest.approx(0.1)
    assert inspected.inspector == port


def test_status_tells_the_port_and_it_is_open_here_only(inspected: Stack) -> None:
    [told] = json.loads(run("status", "--json", project=inspected.project))["stacks"]
    assert told["inspector"] == f"127.0.0.1:{inspected.inspector}"
    bindings = inspected.container.attrs["NetworkSettings"]["Ports"]["9229/tcp"]
    assert {it["HostIp"] for it in bindings} == {"127.0.0.1"}


def test_without_it_the_next_start_closes_the_port_and_says_so(inspected: Stack) -> None:
    words = [HARNESS, "dev", "--detach", "--project", str(inspected.project.root)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=300)
    assert "changed since the stack was started: LOA_INSPECT" in done.stderr
    assert inspected.inspector is None


def test_the_debugger_that_the_editor_starts_attaches_where_it_listens() -> None:
    text = (REPOSITORY / ".vscode/launch.json").read_text(encoding="utf-8")
    launch = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    [attach] = launch["configurations"]
    assert (attach["request"], attach["port"], attach["restart"]) == ("attach", 9229, True)
    local = attach["localRoot"].removeprefix("${workspaceFolder}/")
    assert attach["remoteRoot"] == f"/workspace/{local}"
