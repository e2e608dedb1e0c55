"""Fixtures that the harness's own tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine.model import Engine
from harness.fixtures.copy import working_copy
from harness.fixtures.engine import engine as an_engine
from harness.project import Project

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def docker() -> Iterator[Engine]:
    """An engine that answers."""
    with an_engine() as found:
        yield found


@pytest.fixture
def copy() -> Iterator[Project]:
    """A copy of this repository that a test may change."""
    with working_copy(Project(REPOSITORY)) as project:
        yield project
