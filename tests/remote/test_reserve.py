"""Whose a port is where nobody publishes it: promised in a label, or led by a link."""

import asyncio
import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from harness import names
from harness.engine.model import Engine
from harness.errors import PortError
from harness.ports import PortPair, free_port, inspector, refuse_strangers, reserve
from harness.project import Project
from tests.remote.conftest import Ends


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))


def engine_with(**labels: str) -> Engine:
    """An engine with one container, which publishes nothing."""
    container = SimpleNamespace(
        name="some", labels=labels, attrs={"NetworkSettings": {"Ports": {}}}, status="running"
    )

    def found(filters: dict[str, str] | None = None, **_options: object) -> list[object]:
        label, _, value = (filters or {}).get("label", "").partition("=")
        return [container] if not label or labels.get(label) == value else []

    client = SimpleNamespace(containers=SimpleNamespace(list=found))
    return cast("Engine", SimpleNamespace(client=client))


@pytest.mark.parametrize(
    ("checkout", "host", "moves"),
    [
        ("/another", socket.gethostname(), True),
        ("own", socket.gethostname(), False),
        ("/another", "another-machine", False),
    ],
)
def test_a_port_that_is_promised_to_another_checkout_is_taken(
    tmp_path: Path, checkout: str, host: str, *, moves: bool
) -> None:
    project = Project(tmp_path)
    wanted = PortPair(free_port(), free_port())
    kept = json.dumps(wanted._asdict())
    (project.state_dir / "ports.json").write_text(kept, encoding="utf-8")
    labels = {
        names.CHECKOUT: str(tmp_path) if checkout == "own" else checkout,
        names.HOST: host,
        names.FORWARDED: f"{wanted.health}:3000 {wanted.gateway}:18789",
    }
    with reserve(project, engine_with(**labels)) as pair:
        assert (pair != wanted) == moves


def test_a_link_is_told_from_a_stranger(ends: Ends) -> None:
    async def run() -> None:
        port = free_port()
        async with ends.link({port: 1}):
            refuse_strangers(Project(ends.here), [port])
            with pytest.raises(PortError, match=rf"port {port} is held by .*node.* \(pid \d+\)"):
                refuse_strangers(Project(ends.here.parent), [port])

    asyncio.run(run())


def test_a_port_that_was_let_go_meanwhile_is_nobodys(ends: Ends) -> None:
    refuse_strangers(Project(ends.here), [free_port()])


def test_a_debugger_keeps_its_port_until_another_listens_there(tmp_path: Path) -> None:
    project, engine = Project(tmp_path), engine_with()
    first = inspector(project, engine)
    assert inspector(project, engine) == first
    with socket.create_server(("127.0.0.1", first)):
        second = inspector(project, engine)
        assert second > first
    assert inspector(project, engine) == second


def test_a_port_that_leads_to_another_checkouts_debugger_is_taken(tmp_path: Path) -> None:
    project = Project(tmp_path)
    port = inspector(project, engine_with())
    labels = {
        names.CHECKOUT: "/another",
        names.HOST: socket.gethostname(),
        names.FORWARDED: f"{port}:9229",
    }
    assert inspector(project, engine_with(**labels)) > port
