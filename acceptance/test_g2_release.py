"""G-2: the release."""

import pytest

from harness.criteria.facts import critical_path, smoke
from harness.criteria.judge import release as judge, workflow
from harness.project import Project
from harness.pytest.check import Check


@pytest.mark.criterion("G-2.2")
def test_a_deployment_cannot_take_longer_than_it_may(check: Check, project: Project) -> None:
    """GitHub itself stops the jobs before the limit is over."""
    check(workflow.critical_path, critical_path.observe(project))


@pytest.mark.criterion("G-2.4")
def test_a_smoke_test_tells_a_healthy_release_from_an_ill_one(check: Check) -> None:
    """It is run against a server of each kind."""
    check(judge.smoke, smoke.observe())
