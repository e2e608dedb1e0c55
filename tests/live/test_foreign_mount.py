"""`harness dev` where file events do not cross the mount: it tells the container of saves."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from harness.docker.stack import Stack, compose_of
from harness.engine.model import Engine
from harness.fixtures.copy import working_copy
from harness.poll import until
from harness.ports import any_free
from harness.project import Project
from tests.conftest import REPOSITORY
from tests.fuse import seen_through_fuse

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.xdist_group("daily work"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount"),
]

HARNESS = str(Path(sys.executable).parent / "harness")
SAVES = 2


@pytest.fixture
def foreign(docker: Engine) -> Iterator[Project]:
    """A checkout whose directories the container sees through FUSE; what was started goes."""
    with working_copy(Project(REPOSITORY)) as project:
        view = project.root.parent / "view"
        compose = project.root / project.config.compose.file
        text = compose.read_text(encoding="utf-8")
        compose.write_text(text.replace(" source: ", f" source: {view}/"), encoding="utf-8")
        with any_free() as pair:
            remembered = json.dumps(pair._asdict())
        (project.state_dir / "ports.json").write_text(remembered, encoding="utf-8")
        with seen_through_fuse(project.root, view):
            try:
                yield project
            finally:
                compose_of(project, docker).stop(down=True)


@contextmanager
def attached(project: Project) -> Iterator["subprocess.Popen[str]"]:
    words = [HARNESS, "dev", "--json", "--project", str(project.root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.send_signal(signal.SIGINT)
            child.communicate(timeout=30)


def save(stack: Stack, number: int) -> None:
    """Save, and wait until that serves."""
    before = (stack.health() or {})["generation"]
    with (stack.project.layer / "scheduler.ts").open("a", encoding="utf-8") as file:
        file.write(f"// save {number}\n")
    until(
        lambda: (it := stack.health() or {})["generation"] > before and it["status"] == "healthy",
        seconds=120,
        what="the save serves",
    )


def test_saves_are_live_alone_and_are_told_while_somebody_is_attached(
    foreign: Project, docker: Engine
) -> None:
    done = subprocess.run(
        [HARNESS, "dev", "--detach", "--project", str(foreign.root)], check=True, timeout=300
    )
    assert done.returncode == 0
    stack = Stack.find(foreign, docker)
    assert stack is not None
    first = httpx.get(f"{stack.gateway_url}/loa/version", timeout=5).text
    for number in range(SAVES):
        save(stack, number)
    assert (stack.health() or {})["watch"].items() >= {"events": None, "polls": True}.items()
    assert httpx.get(f"{stack.gateway_url}/loa/version", timeout=5).text != first

    with attached(foreign) as child:
        assert child.stdout is not None
        events = (json.loads(line) for line in child.stdout)
        notes = (event["text"] for event in events if event["event"] == "note")
        assert any(text.startswith("file events do not cross the mount here") for text in notes)
        for number in range(SAVES):
            save(stack, number)
        assert (stack.health() or {})["watch"].items() >= {"events": False, "polls": True}.items()
