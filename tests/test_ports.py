"""Which pair a checkout takes, without an engine."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from harness.engine.model import Engine
from harness.errors import PortError
from harness.ports import PortPair, remembered, reserve
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
