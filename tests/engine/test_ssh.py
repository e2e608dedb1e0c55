"""An engine behind ssh://, with a program in ssh's place."""

import os
import sys
from pathlib import Path

import pytest

from harness.docker import registry
from harness.engine import ssh
from harness.engine.model import Engine
from harness.engine.ping import Address, Answer, Silence, ask, connect
from tests.engine import fake

SSH = """#!{python}
import json, socket, sys, threading
json.dump(sys.argv[1:], open({told!r}, "w"))
far = socket.socket(socket.AF_UNIX)
far.connect({engine!r})
near = socket.socket(fileno=0)
def copy(source, target):
    while chunk := source.recv(65536):
        target.sendall(chunk)
    target.shutdown(socket.SHUT_WR)
threading.Thread(target=copy, args=(far, near), daemon=True).start()
copy(near, far)
"""


@pytest.fixture(autouse=True)
def _no_tunnel_of_another_test() -> None:
    ssh.local_address.cache_clear()


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the program writes how it was called; it leads to engine.sock."""
    path = tmp_path / "bin/ssh"
    path.parent.mkdir()
    script = SSH.format(
        python=sys.executable, told=str(tmp_path / "told"), engine=str(tmp_path / "engine.sock")
    )
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "told"


def test_it_is_reached_by_the_ssh_program(told: Path) -> None:
    with fake.engine(told.parent / "engine.sock", version="77.7"):
        answer = ask(Address("ssh://me@builder:2222", "DOCKER_HOST"))
    assert isinstance(answer, Answer)
    assert answer.version == "77.7"
    text = told.read_text(encoding="utf-8")
    assert text == (
        '["-o", "ConnectTimeout=10", "-T", "-l", "me", "-p", "2222", "--", "builder", '
        '"docker system dial-stdio"]'
    )


def test_a_path_names_the_socket_there(told: Path) -> None:
    with fake.engine(told.parent / "engine.sock"):
        client = connect({"DOCKER_HOST": "ssh://builder/run/user/7/docker.sock"}, timeout=10)
        client.close()
    command = "docker --host unix:///run/user/7/docker.sock system dial-stdio"
    assert command in told.read_text(encoding="utf-8")


def test_what_a_registry_has_is_asked_over_the_same_way(
    told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "cache_dir", lambda *_: tmp_path)
    there = Engine(host="ssh://builder", origin="", version="", program=Path("docker"))
    with fake.engine(told.parent / "engine.sock"):
        assert registry.ask(there, "team/app:main").digest == fake.DIGEST


@pytest.mark.usefixtures("told")
def test_nobody_there_is_no_engine() -> None:
    assert ask(Address("ssh://builder", "DOCKER_HOST")) is Silence.ABSENT


@pytest.mark.parametrize("address", ["ssh://", "ssh://builder:port"])
def test_an_address_that_is_none_is_no_engine(address: str) -> None:
    assert ask(Address(address, "DOCKER_HOST")) is Silence.ABSENT


def test_without_an_ssh_program_there_is_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask(Address("ssh://builder", "DOCKER_HOST")) is Silence.ABSENT
