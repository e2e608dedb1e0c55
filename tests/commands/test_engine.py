"""`harness engine env`: what a shell is told of the engine."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.commands import engine as command
from harness.engine.model import Engine

HOST = "unix:///run/its own/docker.sock"


def printed(monkeypatch: pytest.MonkeyPatch, *, own: bool) -> list[str]:
    found = Engine(HOST, "a test", "1", Path("/clients/docker"), {"DOCKER_HOST": HOST}, own=own)
    monkeypatch.setattr(command, "find", lambda: found)
    return CliRunner().invoke(app, ["engine", "env"]).stdout.splitlines()


def test_the_harness_s_own_engine_is_named_to_the_container_to_work_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert printed(monkeypatch, own=True) == [
        f"export DOCKER_HOST='{HOST}'",
        "export LOA_ENGINE_SOCKET='/run/its own/docker.sock'",
        'export PATH=/clients:"$PATH"',
    ]


def test_of_another_engine_the_container_takes_the_usual_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert printed(monkeypatch, own=False)[1:] == ['export PATH=/clients:"$PATH"']
