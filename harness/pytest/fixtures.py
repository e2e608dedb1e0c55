"""The harness's context managers as pytest fixtures, one of each for a whole run."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.criteria.environment import ImageInfo
from harness.criteria.faults import resting_on
from harness.engine.model import Engine
from harness.fixtures import copy, engine as engines
from harness.project import Project
from harness.pytest.check import Check
from harness.pytest.run import CHECK, RUN

if TYPE_CHECKING:
    from harness.fixtures import images, stack as stacks

__all__ = ["base_image", "check", "checkout", "engine", "project", "stack"]


@pytest.fixture(scope="session")
def project(pytestconfig: pytest.Config) -> Project:
    """The checkout that is checked: `--project DIR`, or the one that pytest runs in."""
    return pytestconfig.stash[RUN].project


@pytest.fixture(scope="session")
def engine(pytestconfig: pytest.Config) -> Iterator[Engine]:
    """A Docker engine that answers."""
    with ExitStack() as entered:
        with resting_on(None):
            found = entered.enter_context(engines.engine())
            pytestconfig.stash[RUN].uses_engine(found)
        yield found


@pytest.fixture(scope="session")
def checkout(project: Project) -> Iterator[Project]:
    """A copy of the checkout: what the stack runs from, and what a check may edit."""
    with ExitStack() as entered:
        with resting_on(None):
            copied = entered.enter_context(copy.working_copy(project))
        yield copied


@pytest.fixture(scope="session")
def base_image(
    pytestconfig: pytest.Config, checkout: Project, engine: Engine
) -> "images.BaseImage":
    """The base image, pulled or built."""
    from harness.fixtures import images  # noqa: PLC0415 -- until it is there

    with resting_on("D-1"):
        image = images.base_image(checkout, engine)
    info = ImageInfo(reference=image.reference, id=image.image_id, origin=image.origin)
    pytestconfig.stash[RUN].uses_image("base", info)
    return image


@pytest.fixture(scope="session")
def stack(
    pytestconfig: pytest.Config,
    checkout: Project,
    engine: Engine,
    base_image: "images.BaseImage",  # noqa: ARG001 -- carries its own failure
) -> "Iterator[stacks.AcceptanceStack]":
    """A stack of this run's own, healthy."""
    from harness.fixtures import stack as stacks  # noqa: PLC0415 -- until it is there

    run = pytestconfig.stash[RUN]
    with ExitStack() as entered:
        with resting_on("FR-4.1"):
            found = entered.enter_context(stacks.acceptance_stack(checkout, engine))
        run.stack = found
        dev = found.images.dev
        run.uses_image("dev", ImageInfo(reference=dev.reference, id=dev.image_id))
        yield found
        run.stack = None


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Check:
    """Judge facts for a criterion of the test's marker: `check(judge, facts)`."""
    record = request.node.stash.get(CHECK, None)
    if record is None:
        raise pytest.UsageError(f"{request.node.nodeid}: `check` needs the criterion marker")
    facts_dir = request.config.getoption("--facts")
    catalog = request.config.stash[RUN].record.catalog
    return Check(record, catalog, Path(facts_dir) if facts_dir else None)
