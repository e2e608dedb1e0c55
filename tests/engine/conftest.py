"""Fixtures for the engine's tests."""

import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine import machine, packages
from harness.engine.daemon import Daemon
from harness.errors import EngineError
from tests.engine.archive import Archive
from tests.engine.namespaces import own_namespaces


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache directory of the test's own."""
    path = tmp_path / "cache"
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(path))
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache directory with all packages unpacked, since a test's network reaches no mirror."""
    place = tmp_path_factory.mktemp("engine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE_DIR", str(place))
        try:
            wanted = machine.engine_packages()
        except EngineError as error:
            pytest.skip(error.message)
        packages.unpacked(wanted)
        release = next(name for name, names in wanted.items() if "runc" in names)
        packages.fetch({release: ["busybox-static"]}, place / "busybox")
    return place


@pytest.fixture
def own(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """The harness's engine, not started, in a network where none answers."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(home))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    # The client programs have tests of their own.
    monkeypatch.setattr("harness.engine.clients.prepare", lambda: (Path("/bin/true"), {}))
    with own_namespaces():
        yield Daemon.own()
        monkeypatch.undo()
        monkeypatch.setenv("HARNESS_CACHE_DIR", str(home))
        Daemon.own().stop()
        shutil.rmtree(home / "engine/data", ignore_errors=True)


@pytest.fixture
def codename() -> str:
    """The machine's Debian release."""
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    if release.get("ID") != "debian":
        pytest.skip("downloads with apt, which is Debian's")
    return release["VERSION_CODENAME"]


@pytest.fixture
def archive(tmp_path: Path, codename: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    """An archive of the machine's release that is the only one in apt's sources."""
    if not shutil.which("gpg"):
        pytest.skip("signs an archive, for which it needs gpg")
    arch = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
    ).stdout.strip()
    made = Archive(tmp_path, arch)
    made.make_key()
    made.add("greeter", "1.0-1", {"usr/bin/greet": "#!/bin/sh\necho hello\n"})
    made.add("liblittle", "2:0.1+b1", {"usr/lib/little.so": "x"})
    made.publish(codename)
    name_sources(tmp_path, monkeypatch, f"deb [signed-by={made.key}] {made.uri} {codename} main\n")
    yield made
    # The agent that gpg started would otherwise stay.
    subprocess.run(
        ["gpgconf", "--homedir", str(tmp_path / "gpg"), "--kill", "all"],
        check=True,
        capture_output=True,
    )


def name_sources(place: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Make these apt's only sources."""
    (place / "sources.list").write_text(text)
    (place / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{place}/sources.list";\nDir::Etc::sourceparts "/dev/null";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(place / "apt.conf"))
