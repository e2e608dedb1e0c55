"""The tests' own distribution: what shares a stack runs in one worker."""

import pytest


@pytest.mark.xdist_group("groups")
def test_a_group_stays_together(request: pytest.FixtureRequest) -> None:
    # The scheduler knows the group by the suffix alone, and takes a missing one for no group.
    if not hasattr(request.config, "workerinput"):
        pytest.skip("there is one worker: run it with -n")
    assert request.node.nodeid.endswith("@groups")
