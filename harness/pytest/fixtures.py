"""The harness's context managers as pytest fixtures, one of each for a whole run.

They are imported where they are used: the plugin is loaded by every pytest session of the
environment, and few of them need an engine.
"""
# ruff: noqa: PLC0415 -- as said above

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.criteria.faults import resting_on
from harness.engine.model import Engine
from harness.project import Project
from harness.pytest.check import Check
from harness.pytest.run import CHECK, RUN

if TYPE_CHECKING:
    from harness.fixtures.images import BaseImage, DevImage
    from harness.fixtures.stack import AcceptanceStack

__all__ = ["base_image", "check", "checkout", "dev_image", "engine", "project", "stack"]


@pytest.fixture(scope="session")
def project(pytestconfig: pytest.Config) -> Project:
    """The checkout that is checked: `--project DIR`, or the one that pytest runs in."""
    return pytestconfig.stash[RUN].project


@pytest.fixture(scope="session")
def engine(pytestconfig: pytest.Config) -> Iterator[Engine]:
    """A Docker engine that answers."""
    from harness.fixtures import engine as engines

    with ExitStack() as entered:
        with resting_on(None):
            found = entered.enter_context(engines.engine())
            pytestconfig.stash[RUN].uses_engine(found)
        yield found


@pytest.fixture(scope="session")
def checkout(pytestconfig: pytest.Config, project: Project) -> Iterator[Project]:
    """A copy of the checkout: what the stack runs from, and what a check may edit.

    Its credentials have made-up values, so that they are known wherever they get to.
    """
    from harness.criteria.facts.canary import plant
    from harness.fixtures.copy import working_copy

    with ExitStack() as entered:
        with resting_on(None):
            run = pytestconfig.stash[RUN]
            copy = entered.enter_context(working_copy(project, keep=run.leaves_stack))
            plant(copy)
        yield copy


@pytest.fixture(scope="session")
def base_image(pytestconfig: pytest.Config, checkout: Project, engine: Engine) -> "BaseImage":
    """The base image, pulled or built."""
    from harness.fixtures import images
    from harness.pytest.image_info import image_info

    run = pytestconfig.stash[RUN]
    with resting_on("D-1"), run.leaving_builds(checkout):
        image = images.base_image(checkout, engine, pytestconfig.getoption("--image"))
    kind = checkout.config.image.fallback_target
    run.uses_image("base", image_info(checkout, engine, kind, image))
    return image


@pytest.fixture(scope="session")
def dev_image(
    pytestconfig: pytest.Config, checkout: Project, engine: Engine, base_image: "BaseImage"
) -> "DevImage":
    """The development image."""
    from harness.fixtures import images
    from harness.pytest.image_info import image_info

    run = pytestconfig.stash[RUN]
    with resting_on("FR-4.1"), run.leaving_builds(checkout):
        image = images.dev_image(checkout, engine, base_image)
    run.uses_image("dev", image_info(checkout, engine, "dev", image))
    return image


@pytest.fixture(scope="session")
def stack(
    pytestconfig: pytest.Config,
    checkout: Project,
    engine: Engine,
    dev_image: "DevImage",  # noqa: ARG001 -- what fails there is said before anything starts
) -> Iterator["AcceptanceStack"]:
    """A stack of this run's own, healthy."""
    from harness.docker.stack import Stack, compose_of
    from harness.fixtures.stack import acceptance_stack
    from harness.ports import PortPair

    run = pytestconfig.stash[RUN]

    def diagnose() -> None:
        nowhere = PortPair(0, 0)
        compose = compose_of(checkout, engine)
        broken = Stack(project=checkout, engine=engine, compose=compose, ports=nowhere)
        run.remains = run.keep(broken, "stack")
        run.left = checkout if pytestconfig.getoption("--keep-failed") else None

    with ExitStack() as entered:
        with resting_on("FR-4.1"):
            stack = acceptance_stack(checkout, engine, diagnose=diagnose, keep=run.leaves_stack)
            run.stack = entered.enter_context(stack)
        yield run.stack
        run.close_stack(keep=pytestconfig.getoption("--keep-failed"))


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Check:
    """Judge facts for a criterion of the test's marker: `check(judge, facts)`."""
    record = request.node.stash.get(CHECK, None)
    if record is None:
        raise pytest.UsageError(f"{request.node.nodeid}: `check` needs the criterion marker")
    facts_dir = request.config.getoption("--facts")
    catalog = request.config.stash[RUN].record.catalog
    return Check(record, catalog, Path(facts_dir) if facts_dir else None)
