"""What git makes of `.env.local`, asked of a real one."""

from pathlib import Path

import pytest

from harness import process
from harness.criteria.facts.credential_file import ignored
from harness.project import Project


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "harness.toml").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("rules", "file"),
    [
        (".env.local\n", ".gitignore"),
        ("!other\n.env*\n", ".gitignore"),
        (".env*\n!.env.local\n", None),
        ("other\n", None),
    ],
)
def test_a_rule_counts_by_what_it_does(checkout: Path, rules: str, file: str | None) -> None:
    process.run(["git", "init", "--quiet", checkout])
    (checkout / ".gitignore").write_text(rules, encoding="utf-8")
    assert ignored(Project(checkout)) == (True, file)


def test_what_only_this_clone_ignores_is_not_ignored(checkout: Path) -> None:
    process.run(["git", "init", "--quiet", checkout])
    (checkout / ".git" / "info" / "exclude").write_text(".env.local\n", encoding="utf-8")
    assert ignored(Project(checkout)) == (True, None)


def test_without_git_nothing_is_known(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(checkout.parent))
    assert ignored(Project(checkout)) == (False, None)
