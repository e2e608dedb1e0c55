"""US-2: push to deploy."""

import pytest

from harness.criteria.facts.push_run import Pushed
from harness.criteria.judge import push_run as judge
from harness.pytest.check import Check


@pytest.mark.long
@pytest.mark.criterion("US-2.1")
def test_a_push_is_deployed_verified_and_told(check: Check, pushed: Pushed) -> None:
    """All jobs, in the order of their graph, from one push event."""
    check(judge.story, pushed.runs)
