"""What counts as another harness: any of its sources, by name and content."""

from pathlib import Path

import pytest

from harness.criteria.environment import HarnessInfo


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
