"""What `dev` and `status` say of a save that does not load, whether or not an older one serves."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.commands import dev, status
from harness.console import log
from harness.docker.stack import Stack
from harness.engine.model import Engine
from harness.ports import PortPair
from harness.project import Project
from tests.live.reloader import PlayedReloader, played

ERROR = "deploy/loa-identity/scheduler.ts:80: ParseError: Unexpected token"
GOES_ON = "the one before goes on serving"


@pytest.fixture
def port3000() -> Iterator[PlayedReloader]:
    with played() as reloader:
        yield reloader


@pytest.fixture
def stack(tmp_path: Path, port3000: PlayedReloader, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack that is up on an engine of this machine, found by both commands."""
    monkeypatch.setattr(log, "json_mode", False)
    for name in ("harness.toml", "docker-compose.dev.yml"):
        (tmp_path / name).touch()
    attrs = {"State": {"OOMKilled": False}, "RestartCount": 0, "NetworkSettings": {"Ports": {}}}
    container = SimpleNamespace(labels={}, attrs=attrs)
    containers = SimpleNamespace(list=lambda **_: [container])
    engine = cast("Engine", SimpleNamespace(client=SimpleNamespace(containers=containers)))
    found = Stack(
        project=Project(tmp_path),
        engine=engine,
        compose=cast("Any", None),
        ports=PortPair(port3000.port, 18789),
    )
    monkeypatch.setattr(Stack, "find", lambda *_: found)
    for command in (dev, status):
        monkeypatch.setattr(command, "engine", lambda **_: nullcontext(engine))
    monkeypatch.setattr(status, "engine_of", lambda _: nullcontext(engine))
    monkeypatch.setattr(dev, "install_types", lambda _: None)
    monkeypatch.setattr(dev, "dev_stack", lambda *_: found)
    return found


def breaks(port3000: PlayedReloader, *, serves: bool = True, **about: object) -> None:
    port3000.serves = serves
    port3000.health |= {"status": "broken", "error": ERROR, **about}


def test_dev_says_that_an_older_save_serves(
    stack: Stack, port3000: PlayedReloader, capsys: pytest.CaptureFixture[str]
) -> None:
    breaks(port3000)
    dev.dev(project=stack.project.root)
    said = capsys.readouterr()
    assert said.out.startswith("Loa is up: ")
    assert f"warning: the newest save does not load: {ERROR}; {GOES_ON}\n" in said.err
    dev.dev(project=stack.project.root, detach=True, json=True)
    said = capsys.readouterr()
    assert json.loads(said.out)["error"] == ERROR
    assert GOES_ON in said.err


def test_dev_has_no_warning_where_the_newest_save_serves(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    dev.dev(project=stack.project.root)
    assert "warning" not in capsys.readouterr().err
    dev.dev(project=stack.project.root, detach=True, json=True)
    assert json.loads(capsys.readouterr().out)["error"] is None


@pytest.mark.parametrize(
    ("serves", "instead"), [(True, GOES_ON), (False, "nothing serves until a save loads")]
)
def test_the_status_says_why_and_what_serves(
    stack: Stack,
    port3000: PlayedReloader,
    capsys: pytest.CaptureFixture[str],
    serves: bool,  # noqa: FBT001 -- pytest's
    instead: str,
) -> None:
    breaks(port3000, serves=serves)
    status.status(project=stack.project.root)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == f"{stack.project.root}: broken"
    assert second == f"  why      {ERROR}; {instead}"
    status.status(project=stack.project.root, json=True)
    [row] = json.loads(capsys.readouterr().out)["stacks"]
    assert (row["status"], row["error"], row["serves"]) == ("broken", ERROR, serves)


@pytest.mark.parametrize("serves", [True, False])
def test_a_save_that_does_not_answer_yet_is_not_called_broken(
    stack: Stack,
    port3000: PlayedReloader,
    capsys: pytest.CaptureFixture[str],
    serves: bool,  # noqa: FBT001 -- pytest's
) -> None:
    port3000.serves = serves
    port3000.health |= {"status": "reloading", "silent": True}
    status.status(project=stack.project.root)
    meanwhile = f"; {GOES_ON}" if serves else ""
    said = capsys.readouterr().out.splitlines()
    assert said[1] == f"  load     the newest save does not answer yet{meanwhile}"
    status.status(project=stack.project.root, json=True)
    [row] = json.loads(capsys.readouterr().out)["stacks"]
    assert (row["error"], row["silent"], row["serves"]) == (None, True, serves)
    dev.dev(project=stack.project.root, detach=True, json=True)
    found = capsys.readouterr()
    assert json.loads(found.out)["error"] is None
    assert "warning: the newest save does not answer yet; " in found.err


def test_the_status_of_a_gateway_that_ended_says_no_more_than_why(
    stack: Stack, port3000: PlayedReloader, capsys: pytest.CaptureFixture[str]
) -> None:
    breaks(port3000, serves=False, status="stopped", error="the gateway ended by itself")
    status.status(project=stack.project.root)
    assert capsys.readouterr().out.splitlines()[1] == "  why      the gateway ended by itself"


def test_the_status_has_no_reason_where_all_is_well(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    status.status(project=stack.project.root)
    assert "why" not in capsys.readouterr().out
    status.status(project=stack.project.root, json=True)
    [row] = json.loads(capsys.readouterr().out)["stacks"]
    assert (row["error"], row["serves"]) == (None, True)
