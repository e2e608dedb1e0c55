"""What counts as another harness or part: any of its sources, by name and content."""

from pathlib import Path

import pytest

from harness.criteria.environment import PARTS, Checkout, HarnessInfo
from harness.project import Project
from tests.conftest import REPOSITORY


@pytest.mark.parametrize("name", ["test_x.py", "criteria.toml", "data/probe.mjs"])
def test_another_source_is_another_harness(tmp_path: Path, name: str) -> None:
    source = tmp_path / "acceptance" / name
    source.parent.mkdir(parents=True)
    source.write_text("1")
    before = HarnessInfo.observe(tmp_path / "acceptance")
    assert HarnessInfo.observe(tmp_path / "acceptance") == before
    source.write_text("2")
    changed = HarnessInfo.observe(tmp_path / "acceptance")
    source.rename(source.with_name("other"))
    renamed = HarnessInfo.observe(tmp_path / "acceptance")
    assert len({before.fingerprint, changed.fingerprint, renamed.fingerprint}) == 3


def test_what_python_compiles_is_no_source(tmp_path: Path) -> None:
    checks = tmp_path / "acceptance"
    (checks / "__pycache__").mkdir(parents=True)
    before = HarnessInfo.observe(checks)
    (checks / "__pycache__" / "x.pyc").touch()
    assert HarnessInfo.observe(checks) == before


def test_a_projects_own_checks_are_a_part_of_it(tmp_path: Path) -> None:
    check = tmp_path / "acceptance" / "local" / "test_x.py"
    check.parent.mkdir(parents=True)
    check.write_text("assert True")
    before = Checkout.observe(Project(tmp_path)).parts
    check.write_text("assert not True")
    after = Checkout.observe(Project(tmp_path)).parts
    assert {name for name in after if after[name] != before[name]} == {"local checks"}


def test_what_lies_in_the_harness_itself_is_no_part_beside_it() -> None:
    assert Checkout.observe(Project(REPOSITORY)).parts.keys() == PARTS.keys()
