"""A container of somebody else may be removed between its being listed and its being looked at."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest
from docker.errors import NotFound
from docker.models.containers import ContainerCollection

from harness.commands import status
from harness.docker.stack import container_of
from harness.engine.model import Engine
from harness.fixtures.sweep import sweep
from harness.project import Project


class Api:
    """Lists a container that is not there any more."""

    def containers(self, **_: object) -> list[dict[str, Any]]:
        return [{"Id": "gone"}]

    def inspect_container(self, container: str) -> NoReturn:
        raise NotFound(f"No such container: {container}")


@pytest.fixture
def engine() -> Engine:
    nothing = SimpleNamespace(list=lambda **_: [])
    client = SimpleNamespace(
        containers=ContainerCollection(client=cast("Any", SimpleNamespace(api=Api()))),
        networks=nothing,
        volumes=nothing,
        images=nothing,
    )
    return cast("Engine", SimpleNamespace(client=client))


def test_no_stack_is_missed_for_it(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "harness.toml").touch()
    assert container_of(Project(tmp_path), engine) is None
    assert list(status.all_stacks(engine)) == []


def test_a_sweep_goes_on(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path))
    assert sweep(engine) == 0
