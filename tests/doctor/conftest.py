"""A user with nothing, and a checkout of theirs."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine import discover
from harness.ports import free_port
from harness.project import Project


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user with nothing, in a directory short enough for sockets."""
    place = Path(tempfile.mkdtemp(prefix="d", dir="/tmp"))
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "HARNESS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(place / "cache"))
    monkeypatch.setattr(discover, "_sockets", lambda: [("the system's", place / "docker.sock")])
    yield place
    shutil.rmtree(place)


@pytest.fixture
def checkout(place: Path) -> Project:
    root = place / "checkout"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / ".gitignore").write_text(".env.local\n")
    (root / "harness.toml").write_text(
        f"[ports]\nhealth = {free_port()}\ngateway = {free_port()}\n"
    )
    return Project(root)
