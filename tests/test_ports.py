"""Which pair a checkout takes, without an engine."""

import errno
import json
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import psutil
import pytest

from harness import names, node
from harness.engine.model import Engine
from harness.errors import PortError
from harness.ports import (
    PortPair,
    _describe,
    find,
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
    remember(project, PortPair(3100, 18900))
    assert remembered(project) == PortPair(3100, 18900)


def test_after_the_last_port_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another checkout holds the pair that is wanted, and the next one does not exist."""
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("harness.ports._is_free", lambda port: port != 65535)
    project = Project(tmp_path)
    remember(project, PortPair(65535, 18900))
    with (
        pytest.raises(PortError, match="no free pair"),
        reserve(project, another_publishes(65535)),
    ):
        pass


@pytest.mark.parametrize("place", [0, 1])
def test_a_pair_that_another_checkout_holds_is_not_to_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """Whoever has asked for ports by number is told, and not given others."""
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    project, before = Project(tmp_path), PortPair(3100, 18900)
    remember(project, before)
    wanted = PortPair(free_port(), free_port())
    monkeypatch.setattr("harness.ports._is_free", lambda port: port != wanted[place])
    engine = another_publishes(wanted[place])
    for ask in (find, taken):
        with pytest.raises(PortError) as caught:
            ask(project, engine, wanted)
        assert str(caught.value) == (
            f"port {wanted[place]} is held by the container other, for the checkout /another dir; "
            "stop that with `harness down --project '/another dir'`, or choose others with "
            "`harness dev --ports HEALTH,GATEWAY`"
        )
    assert remembered(project) == before
    assert find(project, engine) == before


def test_what_would_be_had_is_neither_held_nor_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    project, wanted = Project(tmp_path), PortPair(free_port(), free_port())
    nobody = cast(
        "Engine",
        SimpleNamespace(client=SimpleNamespace(containers=SimpleNamespace(list=lambda **_: []))),
    )
    assert find(project, nobody, wanted) == wanted
    assert remembered(project) == PortPair(3000, 18789)
    assert taken(project, nobody, wanted) == wanted == remembered(project)


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
        project = Project(tmp_path)
        remember(project, PortPair(port, other))
        monkeypatch.setattr(socket, "socket", Refused)
        assert taken(project, another_publishes(port)).health > port


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


def test_a_port_that_another_clone_leads_elsewhere_is_a_checkout_s(tmp_path: Path) -> None:
    """Each clone has its own copy of what leads ports."""
    near = tmp_path / "clone/harness/remote/near.mjs"
    near.parent.mkdir(parents=True)
    near.write_text("process.stdin.resume(); process.stdout.write('up\\n');", encoding="utf-8")
    command = [str(node.program()), str(near), "/another dir"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as leads:
        assert leads.stdout is not None
        assert leads.stdout.readline() == b"up\n"
        described = _describe(3000, psutil.Process(leads.pid))
        leads.kill()
    assert described.checkout == "/another dir"


def test_a_port_that_is_led_elsewhere_is_whose_container_it_leads_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        remember(Project(tmp_path), PortPair(port, 18900))
        assert taken(Project(tmp_path), another_leads(port)).health == port + 1


def remember(project: Project, pair: PortPair) -> None:
    kept = json.dumps(pair._asdict())
    (project.state_dir / "ports.json").write_text(kept, encoding="utf-8")


def taken(project: Project, engine: Engine, chosen: PortPair | None = None) -> PortPair:
    with reserve(project, engine, chosen) as pair:
        return pair


def another_publishes(port: int) -> Engine:
    """An engine with another checkout's container, which publishes a port."""
    ports = {"3000/tcp": [{"HostPort": str(port)}]}
    labels = {"loa-harness.checkout": "/another dir"}
    held = SimpleNamespace(name="other", labels=labels, attrs={"NetworkSettings": {"Ports": ports}})
    containers = SimpleNamespace(list=lambda filters=None, **_: [] if filters else [held])
    return cast("Engine", SimpleNamespace(client=SimpleNamespace(containers=containers)))


def another_leads(port: int) -> Engine:
    """An engine elsewhere with another checkout's container, to which a port is led from here."""
    labels = {names.CHECKOUT: "/another dir", names.FORWARDED: f"{port}:3000"}
    held = SimpleNamespace(name="other", labels=labels, attrs={"NetworkSettings": {"Ports": None}})
    containers = SimpleNamespace(list=lambda **_: [held])
    return cast("Engine", SimpleNamespace(client=SimpleNamespace(containers=containers)))
