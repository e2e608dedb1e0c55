"""What takes many minutes runs only for somebody who asks for it."""

from pathlib import Path

import pytest

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
