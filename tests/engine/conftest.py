"""Fixtures for the engine's tests."""

import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.archive import Archive


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache directory of the test's own."""
    path = tmp_path / "cache"
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(path))
    return path


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
