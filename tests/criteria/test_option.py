"""What takes many minutes runs only for somebody who asks for it."""

from pathlib import Path

import pytest

from harness.criteria.verdict import Verdict
from harness.report.merged import Finding, merge, sources

pytest_plugins = ["pytester"]

CRITERION = """
[[criterion]]
id = "G-1.1"
priority = "P0"
claim = "it holds"
proof = "run"
gate = "release"
observe = "something"
"""

COMPARISON = """
import pytest
from harness.pytest.run import RUN

@pytest.mark.long
def test_it(request, project):
    path = request.config.stash[RUN].file.artifact(request.node.nodeid, "found.json")
    path.write_text("{}")
"""


CHECKS = """
import pytest

@pytest.mark.criterion("G-1.1")
def test_soon():
    pass

@pytest.mark.criterion("G-1.1")
@pytest.mark.long
@pytest.mark.parametrize("number", [1, 2])
def test_late(number):
    pass
"""


@pytest.fixture(autouse=True)
def acceptance(folder: Path) -> Path:
    (folder / "criteria.toml").write_text(CRITERION)
    (folder / "test_comparison.py").write_text(COMPARISON)
    return folder


def test_unasked_it_is_skipped_and_says_how_to_ask(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("acceptance")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*ask for it with `pytest test_comparison.py --long`*"])


def test_asked_for_it_runs_and_its_files_are_the_runs_artifacts(pytester: pytest.Pytester) -> None:
    pytester.runpytest("acceptance", "--long").assert_outcomes(passed=1)
    assert not list(pytester.path.glob(".harness/evidence/*.json"))  # of criteria it says nothing
    found = list(pytester.path.glob(".harness/evidence/*/test_comparison-test_it/found.json"))
    assert len(found) == 1


def found(pytester: pytest.Pytester) -> Finding:
    """What all runs together say of the criterion."""
    return merge(sources(pytester.path / ".harness" / "evidence")).findings[0]


def test_a_check_that_is_left_out_says_nothing_of_its_criterion(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    (acceptance / "test_checks.py").write_text(CHECKS)
    pytester.runpytest("acceptance").assert_outcomes(passed=1, skipped=3)
    criterion = found(pytester).criterion
    assert criterion.verdict is Verdict.UNVERIFIED
    assert criterion.reason == "takes many minutes: ask for it with `harness accept --long`"
    assert [it.check.rpartition("::")[2] for it in criterion.checks] == ["test_soon"]
    assert not criterion.was_judged


def test_what_nobody_asked_for_is_not_run(pytester: pytest.Pytester, acceptance: Path) -> None:
    (acceptance / "test_checks.py").write_text(CHECKS)
    pytester.runpytest("acceptance", "-k", "soon").assert_outcomes(passed=1, deselected=3)
    assert found(pytester).criterion.reason == "not run: test_late"


def test_a_short_run_takes_nothing_back_of_what_a_long_one_found(
    pytester: pytest.Pytester, acceptance: Path
) -> None:
    (acceptance / "test_checks.py").write_text(CHECKS)
    pytester.runpytest("acceptance", "--long").assert_outcomes(passed=4)
    pytester.runpytest_subprocess("acceptance")  # a run is named by its second and its process
    assert len(sources(pytester.path / ".harness" / "evidence")) == 2
    assert found(pytester).criterion.verdict is Verdict.PASSED


def test_a_short_run_that_fails_does(pytester: pytest.Pytester, acceptance: Path) -> None:
    (acceptance / "test_checks.py").write_text(CHECKS)
    pytester.runpytest("acceptance", "--long")
    (acceptance / "test_checks.py").write_text(CHECKS.replace("    pass", "    assert not 1", 1))
    pytester.runpytest_subprocess("acceptance")
    assert found(pytester).criterion.verdict is Verdict.FAILED
