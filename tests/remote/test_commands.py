"""A day of work with an engine elsewhere, from the command line."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from harness import names
from harness.docker.stack import Stack, compose_of
from harness.docker.volumes import volume_names
from harness.engine.model import Engine
from harness.errors import PortError
from harness.fixtures.stack import Images
from harness.poll import until
from harness.ports import any_free
from harness.project import Project
from tests.live.terminal import Terminal, terminal
from tests.remote.commands import told

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("elsewhere")]

KEYS = r"^r restart  o open  l log  q leave$"
# A save that comes before the next gateway is warm waits for it.
PHASES = r"\(noticed \d+\.\d\d, (waited \d+\.\d\d, )?loaded \d+\.\d\d\)"
LIVE = rf"^scheduler\.ts → live in \d+\.\d\d s {PHASES}"
PATIENCE = 120.0


class Shell:
    """A shell in a checkout, whose DOCKER_HOST is elsewhere."""

    def __init__(self, project: Project, engine: Engine, images: Images) -> None:
        self.project = project
        self.engine = engine
        kept = {name: it for name, it in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
        self._environment: Mapping[str, str] = {
            **kept,
            **engine.variables,
            "IMAGES": told(images),
            "HARNESS_PROJECT": str(project.root),
            "TERM": "xterm-256color",
        }

    def harness(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self._command(*words),
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    @contextmanager
    def dev(self) -> Iterator[Terminal]:
        words = self._command("dev")
        with terminal(words, env=self._environment, rows=40, columns=200) as screen:
            screen.see(KEYS, seconds=PATIENCE)
            yield screen

    def save(self, text: str) -> None:
        with (self.project.layer / "scheduler.ts").open("a", encoding="utf-8") as file:
            file.write(f"// {text}\n")

    @property
    def stack(self) -> Stack:
        found = Stack.find(self.project, self.engine)
        assert found is not None
        return found

    def links(self) -> int:
        label = {"label": [f"{names.LINK}={self.project.slug}"]}
        # The client's own list asks of each by itself, and fails where one has gone meanwhile.
        return len(self.engine.client.api.containers(all=True, filters=label))

    @staticmethod
    def _command(*words: str) -> list[str]:
        return [sys.executable, "-m", "tests.remote.commands", *words]


@pytest.fixture
def shell(elsewhere: Engine, images: Images, copy: Project) -> Iterator[Shell]:
    with any_free() as pair:
        remembered = json.dumps(pair._asdict())
    (copy.state_dir / "ports.json").write_text(remembered, encoding="utf-8")
    try:
        yield Shell(copy, elsewhere, images)
    finally:
        compose_of(copy, elsewhere).stop(down=True)


def test_a_day_of_work(shell: Shell) -> None:
    with shell.dev() as first:
        first.see(r"^· files: \d+ copied to the engine$")
        first.see(r"^Loa is up: http://127\.0\.0\.1:\d+/loa/version$")
        shell.save("one")
        first.see(LIVE, seconds=120)
        assert first.never_saw("do not cross the mount")
        said = shell.harness("status").stdout
        assert re.search(r": healthy$", said, re.MULTILINE)
        assert "`harness dev` is attached" in said

        with shell.dev() as second:
            assert not [line for line in second.lines() if "starting the stack" in line]
            before = (shell.stack.health() or {})["generation"]
            shell.save("two")
            second.see(LIVE, seconds=120)
            first.child.kill(signal.SIGKILL)
            until(lambda: shell.links() == 1, seconds=120, what="nothing is left of the killed one")
            until(shell.stack.is_healthy, seconds=120, what="the other one leads the ports")
            assert (shell.stack.health() or {})["generation"] == before + 1, "two sent it, once"
            second.press("q")
            assert second.end() == (0, None)
    until(lambda: shell.links() == 0, seconds=120, what="nobody is linked any more")

    container = shell.stack.container.id
    assert shell.stack.health() is None
    (row,) = json.loads(shell.harness("status", "--json").stdout)["stacks"]
    assert (row["status"], row["elsewhere"], row["attached"]) == ("healthy", True, False)

    shell.save("three, while nobody is attached")
    assert shell.stack.exec(["sh", "-c", "echo made > /workspace/grimoires/made-there"]).ok
    synced = shell.harness("sync")
    assert synced.stderr == "· files: 1 replaced there by this checkout's\n"
    assert synced.stdout == (
        "all files are there as they are here\n"
        "  made in the container, and kept: /workspace/grimoires/made-there\n"
    )
    again = json.loads(shell.harness("sync", "--json").stdout)["copied"]
    assert (again["sent"], again["changed"], again["removed"]) == (0, 0, 0)

    restarted = shell.harness("restart")
    assert re.match(r"restart → live in ", restarted.stdout), restarted.stderr
    found = shell.harness("dev", "--detach")
    assert "Loa is up: http://127.0.0.1:" in found.stdout
    assert shell.stack.container.id == container

    cleaned = shell.harness("clean")
    assert "source_workspace_deploy_loa-identity" in cleaned.stdout
    assert volume_names(shell.engine, shell.project.slug) == []


def test_who_stops_the_stack_takes_the_links_along(shell: Shell) -> None:
    with shell.dev() as screen:
        assert shell.links() == 1
        assert shell.harness("down").returncode == 0
        assert shell.links() == 0
        networks = [str(it.name) for it in shell.engine.client.networks.list()]
        assert not [it for it in networks if shell.project.slug in it]
        screen.see("^error: the stack was stopped; start it again with `make dev`$", seconds=120)
        assert screen.end() == (1, None)
    assert shell.links() == 0


def test_a_port_that_a_stranger_has_is_told(shell: Shell) -> None:
    assert shell.harness("dev", "--detach").returncode == 0
    port = shell.stack.ports.gateway
    with socket.create_server(("127.0.0.1", port)):
        refused = shell.harness("restart")
        assert refused.returncode == PortError.exit_status
        assert f"port {port} is held by" in refused.stderr
        assert f"(pid {os.getpid()})" in refused.stderr
    assert shell.harness("restart").returncode == 0
