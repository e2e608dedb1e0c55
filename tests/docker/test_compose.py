from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from docker.errors import APIError

from harness import process
from harness.docker.compose import ComposeProject
from harness.docker.interpolation import for_compose
from harness.docker.stack import compose_of
from harness.engine.model import Engine
from harness.errors import StackError, ToolError
from harness.project import Project


@pytest.mark.parametrize(
    "said", ["empty compose file", "invalid size: 'lots'", "yaml: line 1: did not find it"]
)
def test_a_compose_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str
) -> None:
    monkeypatch.setattr(process, "run", failing(said))
    with pytest.raises(StackError, match=rf"^{tmp_path}/compose.yml: .*; mend that file"):
        compose_in(tmp_path).model()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("required variable SOME_KEY is missing a value: ask Ann", " (ask Ann)"),
        ("required variable SOME_KEY is missing a value", ""),
        ("services.loa.environment.K: required variable SOME_KEY is missing a value: ", ""),
    ],
)
def test_a_variable_that_is_required_is_named_with_the_line_to_add(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, why: str
) -> None:
    monkeypatch.setattr(process, "run", failing(f"error while interpolating {said}"))
    with pytest.raises(StackError) as caught:
        compose_in(tmp_path).model()
    assert str(caught.value) == (
        f"{tmp_path}/compose.yml requires SOME_KEY{why}, and neither .env.local nor the shell sets "
        "it; add the line `SOME_KEY=VALUE` to .env.local"
    )


def test_what_the_engine_is_reached_by_is_no_business_of_the_checkouts(tmp_path: Path) -> None:
    compose = compose_in(tmp_path, DOCKER_HOST="tcp://stranger", A="1")
    assert compose.environment == {"DOCKER_HOST": "unix:///mine", "A": "1"}


@pytest.mark.engine
def test_the_line_that_is_asked_for_is_all_that_was_missing(
    tmp_path: Path, docker: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    (tmp_path / "docker-compose.dev.yml").write_text(
        "services: {loa: {image: x, environment: {KEY: '${SOME_KEY:?ask Ann}'}}}\n",
        encoding="utf-8",
    )
    project = Project(tmp_path)
    with pytest.raises(StackError, match=r"requires SOME_KEY \(ask Ann\), .*`SOME_KEY=VALUE`"):
        compose_of(project, docker).model()
    (tmp_path / ".env.local").write_text("SOME_KEY='a b'\n", encoding="utf-8")
    model = compose_of(project, docker).model()
    assert model["services"]["loa"]["environment"] == {"KEY": "a b"}


def test_compose_gets_what_the_shell_leaves_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "A=1\nB=2\nEMPTY=\nDOCKER_HOST=x\nBEAUVOIR_DEV_MODE=0\nLOA_RELOADER=entr\nLOA_X=3\n"
    (tmp_path / ".env.local").write_text(text, encoding="utf-8")
    monkeypatch.setenv("B", "the shell's")
    assert for_compose(tmp_path) == {"A": "1", "LOA_X": "3"}


def test_a_malformed_file_keeps_nothing_from_being_stopped(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text("what\n", encoding="utf-8")
    assert for_compose(tmp_path) == {}


def failing(said: str) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise ToolError(f"compose config failed (status 15): {said}", output=said)

    return fail


def compose_in(place: Path, **variables: str) -> ComposeProject:
    reached = {"DOCKER_HOST": "unix:///mine"}
    engine = cast("Engine", SimpleNamespace(program="docker", variables=reached))
    file = str(place / "compose.yml")
    return ComposeProject(
        context=place,
        compose_file_name=[file],
        engine=engine,
        project_name="some",
        variables=variables,
    )


def test_what_commands_are_attached_by_is_named_where_it_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def remove(**_: object) -> None:
        raise APIError("removal is already in progress")

    link = SimpleNamespace(name="link-1", remove=remove)
    compose = compose_in(tmp_path)
    client = SimpleNamespace(containers=SimpleNamespace(list=lambda **_: [link]))
    monkeypatch.setattr(compose.engine, "client", client, raising=False)
    monkeypatch.setattr(process, "run", lambda *_, **__: process.Completed(0, "", ""))
    monkeypatch.setattr("harness.docker.compose._LINK_SECONDS", 0.1)
    with pytest.raises(StackError, match="link-1; `docker rm --force link-1`"):
        compose.stop()
