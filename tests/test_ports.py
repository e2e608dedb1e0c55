"""Which pair a checkout takes, without an engine."""

import errno
import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from harness.engine.model import Engine
from harness.errors import PortError
from harness.ports import PortPair, inspector, remembered, reserve
from harness.project import Project


@pytest.mark.parametrize("kept", ["", "[]", '{"health": 0, "gateway": 0}', '{"health": 3100}'])
def test_what_is_kept_is_forgotten_where_it_cannot_be(tmp_path: Path, kept: str) -> None:
    project = Project(tmp_path)
    (project.state_dir / "ports.json").write_text(kept, encoding="utf-8")
    assert remembered(project) == PortPair(3000, 18789)


def test_what_is_kept_is_taken_again(tmp_path: Path) -> None:
    project = Project(tmp_path)
    kept = json.dumps({"health": 3100, "gateway": 18900})
    (project.state_dir / "ports.json").write_text(kept, encoding="utf-8")
    assert remembered(project) == PortPair(3100, 18900)


def test_after_the_last_port_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another checkout holds the pair that is wanted, and the next one does not exist."""
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    labels = {"loa-harness.checkout": "/another"}
    ports = {"3000/tcp": [{"HostPort": "65535"}]}
    held = SimpleNamespace(name="other", labels=labels, attrs={"NetworkSettings": {"Ports": ports}})
    monkeypatch.setattr("harness.ports._is_free", lambda port: port != 65535)
    client = SimpleNamespace(
        containers=SimpleNamespace(list=lambda filters=None, **_: [] if filters else [held])
    )
    engine = cast("Engine", SimpleNamespace(client=client))
    with (
        pytest.raises(PortError, match="no free pair"),
        reserve(Project(tmp_path), engine, PortPair(65535, 18900)),
    ):
        pass


def test_a_port_that_only_root_may_take_is_held_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine publishes it as root, or says itself that it may not."""

    class Refused(socket.socket):
        def bind(self, _: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(socket, "socket", Refused)
    client = SimpleNamespace(containers=SimpleNamespace(list=lambda **_: []))
    engine = cast("Engine", SimpleNamespace(client=client))
    with reserve(Project(tmp_path), engine, PortPair(80, 443)) as pair:
        assert pair == (80, 443)


def test_after_the_last_port_there_is_none_for_a_debugger(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (project.state_dir / "inspector.json").write_text("65536", encoding="utf-8")
    with pytest.raises(PortError, match="no free port for a debugger from 65536 on"):
        inspector(project, cast("Engine", SimpleNamespace()))
