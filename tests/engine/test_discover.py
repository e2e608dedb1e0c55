"""The first engine that answers wins; one that was chosen and does not answer is an error."""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.commands import engine as command
from harness.engine import discover, ping
from harness.engine.daemon import Daemon
from harness.engine.discover import find, locate
from harness.engine.ping import Address, Silence
from harness.errors import EngineError
from harness.fixtures.engine import engine
from tests.engine import fake


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user without any engine; the path is short, as sockets want it."""
    place = Path(tempfile.mkdtemp(prefix="h", dir="/tmp"))
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place / "run"))
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(place / "cache"))
    monkeypatch.setattr("harness.engine.clients.prepare", lambda: (Path("/bin/docker"), {}))
    usual = discover._sockets  # noqa: SLF001 -- the machine's own engine is none of a test's

    def sockets() -> list[tuple[str, Path]]:
        return [it for it in usual() if it[1].is_relative_to(place)]

    monkeypatch.setattr(discover, "_sockets", sockets)
    yield place
    shutil.rmtree(place)


def add_context(home: Path, name: str, host: str, *, tls: bool = False) -> None:
    key = hashlib.sha256(name.encode()).hexdigest()
    meta = home / ".docker/contexts/meta" / key / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    if tls:
        place = home / ".docker/contexts/tls" / key / "docker"
        place.mkdir(parents=True)
        (place / "cert.pem").touch()


def choose_context(home: Path, name: str) -> None:
    (home / ".docker").mkdir(exist_ok=True)
    (home / ".docker/config.json").write_text(json.dumps({"currentContext": name}))


@pytest.mark.usefixtures("home")
def test_nothing_is_none() -> None:
    assert find() is None


@pytest.mark.parametrize(
    ("socket", "origin"),
    [
        ("run/docker.sock", "rootless Docker"),
        (".docker/run/docker.sock", "Docker Desktop"),
        (".colima/default/docker.sock", "Colima"),
        (".orbstack/run/docker.sock", "OrbStack"),
        (".rd/docker.sock", "Rancher Desktop"),
        ("run/podman/podman.sock", "rootless Podman"),
    ],
)
def test_the_usual_sockets_are_asked(home: Path, socket: str, origin: str) -> None:
    with fake.engine(home / socket, rootless=True) as host:
        found = find()

    assert found
    assert (found.host, found.origin, found.version) == (host, origin, "99.1")
    assert found.variables == {"DOCKER_HOST": host}
    assert found.rootless
    assert not found.own


def test_docker_host_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake.engine(home / "run/docker.sock"), fake.engine(home / "mine", version="1.2") as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        found = find()

    assert found
    assert (found.host, found.origin, found.version) == (host, "DOCKER_HOST", "1.2")


def test_docker_host_that_is_silent_is_never_replaced(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/gone")
    with (
        fake.engine(home / "run/docker.sock"),
        pytest.raises(EngineError, match=r"DOCKER_HOST names unix://.*/gone.*unset DOCKER_HOST"),
    ):
        find()


def test_docker_host_of_our_own_stopped_engine_may_start_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", Daemon.own().host)
    assert (home / "cache").exists()
    assert find() is None


def test_the_current_context_comes_before_the_sockets(home: Path) -> None:
    with fake.engine(home / "run/docker.sock"), fake.engine(home / "c", version="2") as host:
        add_context(home, "work", host)
        choose_context(home, "work")
        found = find()

    assert found
    assert (found.host, found.origin) == (host, "context work")


def test_a_context_with_certificates_takes_them_along(home: Path) -> None:
    add_context(home, "far", "tcp://192.0.2.1:2376", tls=True)

    address = discover._context("far")  # noqa: SLF001 -- a real one would need a TLS engine

    assert address
    assert address.variables["DOCKER_TLS_VERIFY"] == "1"
    assert (Path(address.variables["DOCKER_CERT_PATH"]) / "cert.pem").exists()


def test_a_silent_context_gives_way(home: Path) -> None:
    add_context(home, "off", f"unix://{home}/gone")
    choose_context(home, "off")
    with fake.engine(home / "run/docker.sock") as host:
        found = find()

    assert found
    assert found.host == host


def test_a_context_chosen_by_variable_does_not(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_context(home, "off", f"unix://{home}/gone")
    monkeypatch.setenv("DOCKER_CONTEXT", "off")
    with fake.engine(home / "run/docker.sock"), pytest.raises(EngineError, match="DOCKER_CONTEXT"):
        find()


def test_the_default_context_is_this_machine_s(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "default")
    with fake.engine(home / "run/docker.sock") as host, fake.engine(home / "c") as other:
        add_context(home, "prod", other)
        choose_context(home, "prod")
        found = find()

    assert found
    assert found.host == host


def test_what_answers_and_is_no_engine_is_said(home: Path) -> None:
    with fake.refusing(home / "c") as host:
        add_context(home, "work", host)
        choose_context(home, "work")
        with pytest.raises(EngineError, match=r"context work\) cannot be used: .* is no engine"):
            find()


def test_certificates_that_are_not_there_are_said(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(home / "nowhere"))
    with pytest.raises(EngineError, match="its certificates cannot be used; mend it, or unset"):
        find()


def test_a_stale_socket_is_nothing(home: Path) -> None:
    with fake.engine(home / "run/docker.sock"):
        pass
    assert (home / "run/docker.sock").exists()

    assert find() is None


def test_one_that_hangs_is_said_and_nothing_started(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ping, "_PATIENCE", 0.2)
    with (
        fake.hanging(home / "run/docker.sock"),
        pytest.raises(EngineError, match="accepts connections"),
        engine(),
    ):
        pass


@pytest.mark.usefixtures("home")
def test_who_cannot_start_one_is_told_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    problem = "^no Docker engine answers, and only root can start one; .*DOCKER_HOST"
    with pytest.raises(EngineError, match=problem), engine(start=False):
        pass
    with pytest.raises(EngineError, match=problem):
        command.status()
    with pytest.raises(EngineError, match=problem):
        command.env()


@pytest.mark.usefixtures("home")
def test_who_can_start_one_is_told_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.engine.machine.check", lambda: None)
    with pytest.raises(EngineError, match=r"answers; start one, or let `make dev` do it$"):
        engine(start=False).__enter__()
    with pytest.raises(EngineError, match=r"answers; start one with `harness engine up`$"):
        command.status()


def test_one_that_hangs_gives_way_to_one_that_answers(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ping, "_PATIENCE", 0.2)
    with fake.hanging(home / "run/docker.sock"), fake.engine(home / ".rd/docker.sock") as host:
        found = locate()

    assert found
    assert found.address.host == host


@pytest.mark.usefixtures("home")
def test_one_that_may_not_be_used_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(address: Address) -> Silence:
        return Silence.DENIED if address.origin == "rootless Docker" else Silence.ABSENT

    monkeypatch.setattr(discover, "ask", ask)
    with pytest.raises(EngineError, match="usermod -aG docker"):
        find()


def test_finding_takes_a_moment(home: Path) -> None:
    with fake.engine(home / "run/docker.sock"):
        before = time.perf_counter()
        assert find()
        assert time.perf_counter() - before < 5
