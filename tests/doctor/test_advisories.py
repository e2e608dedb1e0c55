"""Known advisories for the gateway's version in the lock."""

import json
import tomllib
from pathlib import Path

import pytest

from harness.doctor import advisories
from harness.doctor.finding import Finding, Status, Subject, examine
from harness.project import Project
from tests.conftest import REPOSITORY

LIST = """asked = 2026-01-01
[[advisory]]
id = "CVE-1"
package = "gateway"
fixed = "2026.1.29"
what = "it is open"
here = "we closed it"
"""


def look(root: Path) -> list[Finding]:
    return list(examine(Subject(Project(root)), advisories.CHECKS))


def checkout(root: Path, version: str, text: str = LIST) -> Path:
    place = root / "deploy" / "gateway"
    place.mkdir(parents=True)
    lock = {"packages": {"": {}, "node_modules/gateway": {"version": version}}}
    (place / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    (place / "advisories.toml").write_text(text, encoding="utf-8")
    (root / "harness.toml").touch()
    return root


def test_those_that_a_later_version_mends_are_counted_in_one_line(tmp_path: Path) -> None:
    another = LIST.partition("\n")[2].replace("CVE-1", "CVE-2")
    (found,) = look(checkout(tmp_path, "2026.1.24-3", LIST + another))
    assert found.status is Status.WARN
    assert found.detail == "2 known for gateway 2026.1.24-3, mended in later versions"
    assert found.mend == "docs/security.md says what keeps each out here"


@pytest.mark.parametrize("version", ["2026.1.29", "2026.2.1", "2027.1.1"])
def test_a_mended_version_is_not(tmp_path: Path, version: str) -> None:
    (found,) = look(checkout(tmp_path, version))
    assert found.status is Status.OK
    assert "2026-01-01" in found.detail


def test_a_list_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (found,) = look(checkout(tmp_path, "1", "asked = nonsense"))
    assert found.status is Status.MISSING
    assert "advisories.toml" in found.detail


def test_a_checkout_without_a_list_is_not_told_of_one(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").touch()
    assert look(tmp_path) == []


def test_what_is_known_of_each_is_told_where_the_line_points() -> None:
    known = tomllib.loads((REPOSITORY / "deploy/gateway/advisories.toml").read_text())
    text = (REPOSITORY / "docs/security.md").read_text(encoding="utf-8")
    told = text.partition("## Known advisories")[2].partition("\n## ")[0]
    rows = [it for it in told.splitlines() if it.startswith(("| CVE-", "| GHSA-"))]
    assert len(rows) == len(known["advisory"])
    for row, one in zip(rows, known["advisory"], strict=True):
        assert row.startswith(f"| {one['id']} | {one['fixed']} | {one['what']} | {one['here']}")
    assert str(known["asked"]) in told
    (line,) = look(REPOSITORY)
    count, _, package = line.detail.partition(" known for ")
    assert count == str(len(rows))
    assert package.partition(",")[0] in told
