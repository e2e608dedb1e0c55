"""Which of a compose project's containers is the gateway's, on a made-up engine."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.criteria.facts.footprint import Footprint
from harness.engine.model import Engine
from harness.project import Project

SERVICE = "loa"
PROXY, GATEWAY = {80: 8080}, {3000: 3001, 18789: 18790}


def container(root: Path, service: str, ports: dict[int, int], status: str = "running") -> Any:  # noqa: ANN401 -- the SDK's model
    directory, name = (f"com.docker.compose.{it}" for it in ("project.working_dir", "service"))
    published = {f"{inner}/tcp": [{"HostPort": str(outer)}] for inner, outer in ports.items()}
    return SimpleNamespace(
        status=status,
        labels={directory: str(root), name: service},
        attrs={"NetworkSettings": {"Ports": {**published, "9/tcp": None}}},
    )


def footprint(root: Path, *containers: Any) -> Footprint:  # noqa: ANN401 -- the same
    (root / "harness.toml").write_text(f'[compose]\nservice = "{SERVICE}"\n', encoding="utf-8")
    listed = SimpleNamespace(list=lambda **_: list(containers))
    engine = SimpleNamespace(client=SimpleNamespace(containers=listed))
    return Footprint(Project(root), cast("Engine", engine))


@pytest.mark.parametrize(
    ("others", "own"),
    [
        ([("proxy", PROXY)], ("other", GATEWAY)),
        ([("proxy", PROXY)], (SERVICE, {8000: 3000})),
        ([("proxy", {3000: 80})], (SERVICE, {3000: 3000})),
        ([("proxy", {3000: 80}), (SERVICE, PROXY)], ("other", GATEWAY)),
        ([("redis", {})], ("other", {8000: 3000})),
    ],
    ids=["by its ports", "by its service", "by both", "by both ports", "the only one"],
)
def test_the_gateway_is_found_among_newer_ones(
    tmp_path: Path, others: list[tuple[str, dict[int, int]]], own: tuple[str, dict[int, int]]
) -> None:
    wanted = container(tmp_path, *own)
    newer = [container(tmp_path, *it) for it in others]
    found = footprint(tmp_path, *newer, wanted)
    assert found.container() is wanted
    assert found.host_ports() == own[1]


def test_one_that_does_not_run_is_none(tmp_path: Path) -> None:
    ended = container(tmp_path, SERVICE, GATEWAY, "exited")
    assert footprint(tmp_path, ended).container() is None
    proxy = container(tmp_path, "proxy", PROXY)
    assert footprint(tmp_path, ended, proxy).host_ports() == PROXY
