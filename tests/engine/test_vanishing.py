"""What is somebody else's may be removed between its being listed and its being looked at."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest
from docker.errors import ImageNotFound, NotFound
from docker.models.containers import ContainerCollection
from docker.models.images import ImageCollection

from harness.commands import status
from harness.docker.images import images_of
from harness.docker.stack import container_of
from harness.engine.model import Engine
from harness.fixtures.sweep import sweep
from harness.project import Project


class Api:
    """Lists a container and an image that are not there any more."""

    def containers(self, **_: object) -> list[dict[str, Any]]:
        return [{"Id": "gone"}]

    def inspect_container(self, container: str) -> NoReturn:
        raise NotFound(f"No such container: {container}")

    def images(self, **_: object) -> list[dict[str, Any]]:
        return [{"Id": "gone"}]

    def inspect_image(self, image: str) -> NoReturn:
        raise ImageNotFound(f"No such image: {image}")


@pytest.fixture
def engine() -> Engine:
    nothing = SimpleNamespace(list=lambda **_: [])
    api = cast("Any", SimpleNamespace(api=Api()))
    client = SimpleNamespace(
        api=api.api,
        containers=ContainerCollection(client=api),
        images=ImageCollection(client=api),
        networks=nothing,
        volumes=nothing,
    )
    return cast("Engine", SimpleNamespace(client=client))


def test_no_stack_is_missed_for_it(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "harness.toml").touch()
    assert container_of(Project(tmp_path), engine) is None
    assert list(status.all_stacks(engine)) == []


def test_a_sweep_goes_on(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path))
    assert sweep(engine) == 0


def test_no_image_is_missed_for_it(engine: Engine) -> None:
    assert images_of(engine) == images_of(engine, "label") == []
