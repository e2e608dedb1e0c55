"""Workflows that a test writes down, and the repository's own, run by act."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.engine.model import Engine
from harness.fixtures.pushes import Pushes, pushes
from harness.github.workflow import DIRECTORY, Workflow
from harness.project import Project
from tests.conftest import REPOSITORY

Write = Callable[..., Workflow]


@pytest.fixture
def workflow(tmp_path: Path) -> Write:
    """Write a workflow, and other files of its checkout, and read it."""

    def write(text: str, files: dict[str, str] | None = None, name: str = "deploy.yml") -> Workflow:
        for place, content in {f"{DIRECTORY}/{name}": text, **(files or {})}.items():
            (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place).write_text(content, encoding="utf-8")
        return Workflow.read(tmp_path, f"{DIRECTORY}/{name}")

    return write


@pytest.fixture(scope="module")
def pushed(docker: Engine) -> Iterator[Pushes]:
    """A copy of this repository whose workflows can be run on loopback services."""
    with pushes(Project(REPOSITORY), docker) as found:
        yield found
