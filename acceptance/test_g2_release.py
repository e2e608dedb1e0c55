"""G-2: the release."""

import pytest

from harness.criteria.facts import smoke
from harness.criteria.judge import release as judge
from harness.pytest.check import Check


@pytest.mark.criterion("G-2.4")
def test_a_smoke_test_tells_a_healthy_release_from_an_ill_one(check: Check) -> None:
    """It is run against a server of each kind."""
    check(judge.smoke, smoke.observe())
