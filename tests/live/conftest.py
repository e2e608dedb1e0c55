"""A checkout with a small layer, and what stands in for its container."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.docker.stack import compose_of
from harness.engine.model import Engine
from harness.fixtures.copy import working_copy
from harness.fixtures.editor import install_types
from harness.ports import any_free
from harness.project import Project
from tests.conftest import REPOSITORY
from tests.live.reloader import PlayedReloader, played

_TSCONFIG = (
    '{"compilerOptions": {"strict": true, "noEmit": true, "types": []}, "include": ["*.ts"]}'
)


@contextmanager
def own_checkout(engine: Engine) -> Iterator[Project]:
    """Copy this repository, on ports that nobody uses; what is brought up from it goes with it."""
    with working_copy(Project(REPOSITORY)) as project:
        with any_free() as pair:
            remembered = json.dumps(pair._asdict())
        (project.state_dir / "ports.json").write_text(remembered, encoding="utf-8")
        try:
            yield project
        finally:
            compose_of(project, engine).stop(down=True)


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
