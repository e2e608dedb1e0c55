"""G-1: local hot-reload development."""

import pytest

from harness.criteria.facts import change, deployment, memory
from harness.criteria.facts.shell import ShellFacts
from harness.criteria.judge import goals
from harness.fixtures.stack import AcceptanceStack
from harness.project import Project
from harness.pytest.check import Check


@pytest.mark.criterion("G-1.2")
def test_a_change_takes_effect_without_a_rebuild(check: Check, stack: AcceptanceStack) -> None:
    """A change and its taking back are served by the same container of the same image."""
    check(goals.no_rebuild, change.observe(stack))


@pytest.mark.criterion("G-1.3")
def test_the_container_has_productions_memory(check: Check, stack: AcceptanceStack) -> None:
    """The limit stands inside and outside, and what takes more is killed."""
    check(goals.local_memory, memory.observe(stack))


@pytest.mark.criterion("G-1.3")
def test_production_has_the_containers_memory(check: Check, project: Project) -> None:
    """The instance type that the deployment asks for has the same memory."""
    check(goals.deployed_memory, deployment.observe(project))


@pytest.mark.criterion("G-1.4")
def test_a_developer_can_open_a_shell(check: Check, shells: ShellFacts) -> None:
    """Each documented command gives a prompt that runs commands and tells how they ended."""
    check(goals.shell, shells)
