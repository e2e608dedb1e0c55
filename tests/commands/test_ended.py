"""What `status` and `logs` say of stacks that have ended, or whose checkout is gone."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness import last_engine, names
from harness.commands import restart, shell, status, sync
from harness.console import log
from harness.docker.ended import advice, how_it_ended
from harness.docker.stack import Stack, container_of
from harness.engine.model import Engine
from harness.errors import EngineError, StackError, UsageError
from harness.fixtures import running
from harness.owner import Owner
from harness.project import Project

NOTHING = r"^nothing is running; start it with `make dev`$"
HOST = "unix:///here.sock"
PORTS = {
    "3000/tcp": [{"HostPort": "3000"}],
    "18789/tcp": [{"HostPort": "18789"}],
}


ENDED = {
    "Status": "exited",
    "ExitCode": 1,
    "OOMKilled": False,
    "Error": "",
    "FinishedAt": "2026-01-02T03:04:05.123456789Z",
}
# On whatever clock this machine has.
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def container(root: Path, state: str = "running", **about: object) -> SimpleNamespace:
    attrs: Mapping[str, Any] = {
        "NetworkSettings": {"Ports": PORTS},
        "RestartCount": 2,
        "State": {**ENDED, "Status": state, **about},
    }
    labels = {names.CHECKOUT: str(root)}
    return SimpleNamespace(name=f"of-{root.name}", labels=labels, status=state, attrs=attrs)


def engine_with(*containers: SimpleNamespace) -> Engine:
    """An engine that has these, and finds a checkout's by its directory's name."""

    def found(*, filters: dict[str, Any], **_: object) -> list[SimpleNamespace]:
        wanted = str(filters["label"])
        return [it for it in containers if wanted == names.CHECKOUT or it.name[3:] in wanted]

    client = SimpleNamespace(containers=SimpleNamespace(list=found))
    parts = {"client": client, "variables": {}, "program": "docker", "host": HOST, "origin": "it"}
    return cast("Engine", SimpleNamespace(**parts))


def answers(monkeypatch: pytest.MonkeyPatch, *containers: SimpleNamespace) -> None:
    """Let every command find an engine that has these."""
    found = lambda **_: nullcontext(engine_with(*containers))  # noqa: E731 -- in place of one
    monkeypatch.setattr(running, "engine", found)


def checkout(tmp_path: Path, name: str) -> Path:
    (root := tmp_path / name).mkdir()
    (root / "harness.toml").touch()
    return root


def test_a_container_that_has_ended_has_logs_all_the_same(tmp_path: Path) -> None:
    root = checkout(tmp_path, "ended")
    engine = engine_with(container(root, "exited"))
    assert Stack.find(Project(root), engine) is None
    assert container_of(Project(root), engine) is not None


def test_one_bad_checkout_hides_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, gone = checkout(tmp_path, "good"), checkout(tmp_path, "bad"), tmp_path / "gone"
    (bad / "harness.toml").write_text("[project\n", encoding="utf-8")
    found = status.all_stacks(engine_with(*map(container, (bad, gone, good))))
    assert [it.project.root for it in found] == [good]
    said = capsys.readouterr().err
    assert f"{bad}/harness.toml" in said
    assert f"{gone} is gone" in said
    assert f"`harness clean --project {gone}` removes it" in said


def test_a_run_that_was_killed_is_no_checkout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, me = checkout(tmp_path, "copy"), Owner.me()
    run = container(root)
    run.labels |= {**names.of_run(), names.OWNER: str(Owner(me.pid, me.started - 60, me.booted))}
    assert not list(status.all_stacks(engine_with(run)))
    said = capsys.readouterr().err
    assert f"{root} is of a run that was killed; the next `make dev`" in said
    run.labels |= names.of_run()
    assert [it.project.root for it in status.all_stacks(engine_with(run))] == [root]


def test_what_is_on_another_machine_is_not_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = container(tmp_path / "theirs")
    theirs.labels[names.HOST] = "another"
    assert not list(status.all_stacks(engine_with(theirs)))
    assert capsys.readouterr().err == f"· {tmp_path}/theirs is on another machine, another\n"


def test_a_token_is_of_one_checkout() -> None:
    with pytest.raises(UsageError, match="--all"):
        status.status(everything=True, token=True)


@pytest.mark.parametrize(
    ("state", "about", "said"),
    [
        ("exited", {}, f"the container ended with status 1 at {AT}"),
        ("exited", {"ExitCode": 143}, f"the container ended with status 143 (SIGTERM) at {AT}"),
        (
            "exited",
            {"ExitCode": 137, "OOMKilled": True},
            f"the container was killed for memory at its limit at {AT}",
        ),
        (
            "dead",
            {"OOMKilled": True},
            (
                f"the container ended with status 1 at {AT}, after something in it was killed for "
                "memory"
            ),
        ),
        (
            "restarting",
            {},
            f"the container ended with status 1 at {AT}, and is started again, 2 times so far",
        ),
        (
            "created",
            {"Error": "port is already allocated", "FinishedAt": "0001-01-01T00:00:00Z"},
            "the container was made, and never started: port is already allocated",
        ),
        ("exited", {"FinishedAt": "0001-01-01T00:00:00Z"}, "the container ended with status 1"),
        ("exited", {"FinishedAt": "soon"}, "the container ended with status 1"),
        ("paused", {}, "the container is paused"),
    ],
)
def test_how_a_container_ended(
    tmp_path: Path, state: str, about: dict[str, object], said: str
) -> None:
    found = cast("Any", container(tmp_path, state, **about))
    assert how_it_ended(found) == said
    mends = "docker unpause of-" if state == "paused" else "`make dev` starts it again"
    assert mends in advice(found)


@pytest.mark.parametrize("command", [restart.restart, shell.shell, sync.sync])
def test_each_command_says_how_the_stack_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[..., None]
) -> None:
    root = checkout(tmp_path, "ended")
    answers(monkeypatch, container(root, "exited", ExitCode=137, OOMKilled=True))
    said = f"nothing is running: the container was killed for memory at its limit at {AT}; "
    with pytest.raises(StackError, match=re.escape(f"{said}`harness logs` shows")):
        command(project=root)


def test_the_status_says_it_too_and_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = checkout(tmp_path, "ended")
    answers(monkeypatch, container(root, "exited"))
    status.status(project=root)
    said = capsys.readouterr().out
    assert said.startswith(f"nothing is running: the container ended with status 1 at {AT}; ")
    status.status(project=root, json=True)
    assert json.loads(capsys.readouterr().out) == {"stacks": [], "why": said.rstrip("\n")}
    with pytest.raises(StackError, match="ended with status 1"):
        status.status(project=root, token=True)


def test_without_a_container_the_engine_that_had_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = checkout(tmp_path, "empty")
    answers(monkeypatch)
    with pytest.raises(StackError, match=NOTHING):
        restart.restart(project=root)
    last_engine.remember(Project(root), engine_with())
    with pytest.raises(StackError, match=NOTHING):
        restart.restart(project=root)
    other = cast("Engine", SimpleNamespace(host="ssh://there", origin="context far"))
    last_engine.remember(Project(root), other)
    last_engine.forget(Project(root), engine_with())
    named = rf"on {HOST}; this .* was started on ssh://there \(context far\); set DOCKER_HOST"
    with pytest.raises(StackError, match=named):
        restart.restart(project=root)
    last_engine.forget(Project(root), other)
    assert last_engine.recall(Project(root)) is None


def test_where_no_engine_answers_the_one_that_had_the_stack_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = checkout(tmp_path, "away")

    def none(**_: object) -> None:
        raise EngineError("no Docker engine answers", "start one")

    monkeypatch.setattr(running, "engine", none)
    with pytest.raises(EngineError, match=r"^no Docker engine answers; start one$"):
        shell.shell(project=root)
    last_engine.remember(Project(root), engine_with())
    was = rf"^no Docker engine answers; this environment was started on {HOST} \(it\); start one$"
    with pytest.raises(EngineError, match=was):
        shell.shell(project=root)


@pytest.fixture(autouse=True)
def _for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "json_mode", False)
