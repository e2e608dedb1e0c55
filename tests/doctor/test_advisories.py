"""Known advisories for the gateway's version in the lock."""

import json
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


def test_a_version_before_the_mended_one_is_named(tmp_path: Path) -> None:
    (found,) = look(checkout(tmp_path, "2026.1.24-3"))
    assert found.status is Status.WARN
    assert found.detail == (
        "gateway 2026.1.24-3: CVE-1 (mended in 2026.1.29): it is open; we closed it"
    )


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


def test_the_one_that_the_control_page_is_off_for_is_told_here() -> None:
    assert any("CVE-2026-25253" in it.detail for it in look(REPOSITORY))
