"""NFR-4 and R-3: credentials."""

import pytest

from harness.criteria.facts import secret_use
from harness.criteria.judge import workflow as judge
from harness.project import Project
from harness.pytest.check import Check


@pytest.mark.criterion("NFR-4.3")
def test_the_workflows_take_secrets_from_their_context(check: Check, project: Project) -> None:
    """Each reaches a step, and gets from there to nobody else."""
    check(judge.secrets, secret_use.observe(project))
