"""The tests' own distribution: what shares a stack runs in one worker."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

UNGROUPED = "def test_alone():\n    assert not {fails}\n"
GROUPED = """
import pytest

@pytest.mark.xdist_group("some")
def test_in_a_group():
    assert not {fails}
"""
AGAIN = ("--last-failed", "--last-failed-no-failures=none")


@pytest.mark.xdist_group("groups")
def test_a_group_stays_together(request: pytest.FixtureRequest) -> None:
    # The scheduler knows the group by the suffix alone, and takes a missing one for no group.
    if not hasattr(request.config, "workerinput"):
        pytest.skip("there is one worker: run it with -n")
    assert request.node.nodeid.endswith("@groups")


@pytest.mark.parametrize("still", [True, False])
def test_what_failed_in_a_group_is_tried_again_too(pytester: pytest.Pytester, still: bool) -> None:  # noqa: FBT001 -- one table
    pytester.makeconftest((Path(__file__).parent / "conftest.py").read_text(encoding="utf-8"))
    pytester.makeini("[pytest]")
    # The one without a group comes first: from then on pytest leaves out by name.
    one, other = (pytester.path / name for name in ("test_a.py", "test_b.py"))
    one.write_text(UNGROUPED.format(fails=True))
    other.write_text(GROUPED.format(fails=True))
    words = ("-n1", "--dist=loadgroup", "-p", "no:loa_harness")
    pytester.runpytest_subprocess(*words).assert_outcomes(failed=2)
    one.write_text(UNGROUPED.format(fails=False))
    other.write_text(GROUPED.format(fails=still))
    result = pytester.runpytest_subprocess(*words, *AGAIN)
    result.assert_outcomes(failed=int(still), passed=2 - int(still))
    known = pytester.path / ".pytest_cache" / "v" / "cache" / "lastfailed"
    assert ("test_in_a_group@some" in known.read_text()) is still
    assert "test_alone" not in known.read_text()
