"""An image for another platform than the engine's: neither named nor taken for the engine's own."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.docker import inputs, production
from harness.docker.buildx import BuildSettings
from harness.docker.dockerfile import Dockerfile
from harness.docker.images import INPUTS
from harness.docker.production import Wanted, build_production, built_before
from harness.engine.model import Engine
from harness.project import Project
from tests.docker.small_checkout import small_checkout

ENGINE = cast(
    "Engine",
    SimpleNamespace(client=SimpleNamespace(version=lambda: {"Os": "linux", "Arch": "amd64"})),
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return small_checkout(tmp_path, "FROM scratch AS runtime\nCOPY content /content\n")


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[BuildSettings]:
    """What was built."""
    found: list[BuildSettings] = []

    def build(_: Engine, settings: BuildSettings, **__: object) -> Any:  # noqa: ANN401 -- unused
        found.append(settings)

    def images_of(_: Engine, label: str) -> list[Any]:
        there = [it for it in found if f"{INPUTS}={it.labels[INPUTS]}" == label]
        return [SimpleNamespace(tags=[it.tag]) for it in there]

    monkeypatch.setattr(production, "build", build)
    monkeypatch.setattr(production, "describe", lambda *_: None)
    monkeypatch.setattr(production, "images_of", images_of)
    return found


def test_it_has_a_name_of_its_own_and_checks_do_not_take_it(
    project: Project, built: list[BuildSettings]
) -> None:
    build_production(project, ENGINE, Wanted(platform="linux/arm64"))
    assert built[0].tag.endswith("-arm64")
    assert not built_before(project, ENGINE)
    build_production(project, ENGINE, Wanted())
    assert built_before(project, ENGINE) == built[1].tag == built[0].tag.removesuffix("-arm64")


@pytest.mark.parametrize("platform", ["", "linux/amd64"])
def test_the_engine_s_own_is_called_as_ever(
    project: Project, built: list[BuildSettings], platform: str
) -> None:
    """Another digest of the same inputs would build all of it again."""
    dockerfile = Dockerfile.read(project.root / "deploy/Dockerfile")
    digest = inputs.digest(project.root, dockerfile, "", bases={}, build_args={})
    build_production(project, ENGINE, Wanted(platform=platform))
    assert built[0].labels == {INPUTS: digest}
    assert built[0].tag.rpartition(":")[2].isalnum()


@pytest.mark.parametrize("platform", ["arm64", "linux/arm64/v8"])
def test_however_it_is_written_the_name_is_one_that_an_engine_takes(
    project: Project, built: list[BuildSettings], platform: str
) -> None:
    build_production(project, ENGINE, Wanted(platform=platform))
    assert "-arm64" in built[0].tag
    assert "/" not in built[0].tag.rpartition(":")[2]
