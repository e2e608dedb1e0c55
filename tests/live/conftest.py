"""A checkout with a small layer, and what stands in for its container."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.fixtures.editor import install_types
from harness.project import Project
from tests.conftest import REPOSITORY
from tests.live.reloader import PlayedReloader, played

_TSCONFIG = (
    '{"compilerOptions": {"strict": true, "noEmit": true, "types": []}, "include": ["*.ts"]}'
)


@pytest.fixture
def checkout(tmp_path: Path) -> Project:
    """A checkout that is made of next to nothing, without TypeScript."""
    layer = tmp_path / "deploy/loa-identity"
    layer.mkdir(parents=True)
    (layer / "scheduler.ts").write_text("export const every = 1;\n", encoding="utf-8")
    (layer / "tsconfig.json").write_text(_TSCONFIG, encoding="utf-8")
    (tmp_path / "harness.toml").touch()
    (tmp_path / "condition").write_text("up", encoding="utf-8")
    (tmp_path / "container.log").touch()
    return Project(tmp_path)


@pytest.fixture(scope="session")
def typescript() -> Path:
    """TypeScript as the layer's lock pins it."""
    project = Project(REPOSITORY)
    install_types(project)
    return project.layer / "node_modules/typescript"


@pytest.fixture
def typed(checkout: Project, typescript: Path) -> Project:
    """The checkout, with TypeScript."""
    packages = checkout.layer / "node_modules"
    packages.mkdir()
    (packages / "typescript").symlink_to(typescript)
    return checkout


@pytest.fixture
def reloader() -> Iterator[PlayedReloader]:
    """Its container's port 3000."""
    with played() as server:
        yield server
