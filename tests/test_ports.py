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
from harness.ports import (
    PortPair,
    free_port,
    inspector,
    refuse_strangers,
    remembered,
    reserve,
)
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


class Refused(socket.socket):
    """What somebody has who may not listen on a port at all."""

    def bind(self, _: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")


def test_a_port_that_only_root_may_take_is_held_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine publishes it as root, or says itself that it may not."""
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    wanted = PortPair(free_port(), free_port())
    monkeypatch.setattr(socket, "socket", Refused)
    client = SimpleNamespace(containers=SimpleNamespace(list=lambda **_: []))
    engine = cast("Engine", SimpleNamespace(client=client))
    with reserve(Project(tmp_path), engine, wanted) as pair:
        assert pair == wanted


def test_such_a_port_that_is_another_checkouts_is_not_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    other = free_port()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        published = {"NetworkSettings": {"Ports": {"3000/tcp": [{"HostPort": str(port)}]}}}
        labels = {"loa-harness.checkout": "/another"}
        held = SimpleNamespace(name="other", labels=labels, attrs=published)
        containers = SimpleNamespace(list=lambda filters=None, **_: [] if filters else [held])
        engine = cast("Engine", SimpleNamespace(client=SimpleNamespace(containers=containers)))
        monkeypatch.setattr(socket, "socket", Refused)
        with reserve(Project(tmp_path), engine, PortPair(port, other)) as pair:
            assert pair.health > port


def test_such_a_port_cannot_be_led_to_an_engine_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link would try again and again, and nobody would hear of it."""
    port = free_port()
    monkeypatch.setattr(socket, "socket", Refused)
    with pytest.raises(PortError, match=f"port {port} may be listened on by root alone; choose"):
        refuse_strangers(Project(tmp_path), [port])


def test_after_the_last_port_there_is_none_for_a_debugger(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (project.state_dir / "inspector.json").write_text("65536", encoding="utf-8")
    with pytest.raises(PortError, match="no free port for a debugger from 65536 on"):
        inspector(project, cast("Engine", SimpleNamespace()))
