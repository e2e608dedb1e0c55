"""Fixtures for tests of what the harness does with images."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.bases import StandIn
from harness.engine import sources
from harness.engine.model import Engine
from harness.errors import EngineError
from tests.docker.local_registry import Registry, local_registry


@pytest.fixture(scope="session")
def registry(docker: Engine) -> Iterator[Registry]:
    """A real registry that the engine reaches."""
    try:
        sources.codename()
    except EngineError as error:
        pytest.skip(f"the registry is Debian's: {error.message}")
    with local_registry(docker) as found:
        yield found


@pytest.fixture
def nobody() -> Iterator[str]:
    """A host of which no registry answers: its port is bound, so that nobody else listens there."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A memory of the registries' answers that is the test's own."""
    monkeypatch.setattr("harness.docker.registry.cache_dir", lambda *_: tmp_path)
    return tmp_path / "answers.json"


@pytest.fixture(scope="session")
def stand_in(docker: Engine) -> str:
    """A small Debian with Node, as the harness makes it."""
    found = StandIn.of("node:22-trixie-slim")
    assert found
    return found.provide(docker)
