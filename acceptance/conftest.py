"""Facts that several checks judge: each is observed once in a run."""

import pytest

from harness.criteria.facts import image, lifecycle, shell, tool
from harness.criteria.facts.image import ImageFacts
from harness.criteria.facts.lifecycle import LifecycleFacts
from harness.criteria.facts.shell import ShellFacts
from harness.criteria.facts.tool import ToolFacts
from harness.fixtures.stack import AcceptanceStack
from harness.project import Project


@pytest.fixture(scope="session")
def images(stack: AcceptanceStack) -> ImageFacts:
    return image.observe(stack)


@pytest.fixture(scope="session")
def tools(stack: AcceptanceStack) -> ToolFacts:
    return tool.observe(stack)


@pytest.fixture(scope="session")
def shells(stack: AcceptanceStack, project: Project) -> ShellFacts:
    return shell.observe(stack, project)


@pytest.fixture(scope="session")
def life(project: Project, stack: AcceptanceStack) -> LifecycleFacts:
    """From `make dev` to `make dev-clean` in a checkout of its own, beside the run's stack."""
    return lifecycle.observe(project, stack.engine, other=stack)
