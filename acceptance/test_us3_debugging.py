"""US-3: local debugging."""

import pytest

from harness.criteria.facts import workspace
from harness.criteria.judge import makefile as judge
from harness.fixtures.stack import AcceptanceStack
from harness.pytest.check import Check


@pytest.mark.criterion("US-3.1")
def test_the_shell_shows_the_workspace(check: Check, stack: AcceptanceStack) -> None:
    """Sources, state and logs are there to read, and node, tsx, git and curl work."""
    check(judge.workspace, workspace.observe(stack))
