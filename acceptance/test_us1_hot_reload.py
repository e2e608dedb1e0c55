"""US-1: hot reload during development."""

import pytest

from harness.criteria.facts import behaviour
from harness.criteria.judge import saves as judge
from harness.fixtures.stack import AcceptanceStack
from harness.pytest.check import Check


@pytest.mark.slow
@pytest.mark.criterion("US-1.1")
def test_an_edit_of_the_scheduler_is_at_work_soon(check: Check, stack: AcceptanceStack) -> None:
    """What is added to the file is done by the gateway that serves, until it is taken out."""
    check(judge.behaviour, behaviour.observe(stack))
