import os
import subprocess
from pathlib import Path

import pytest

from harness.fixtures.copy import owner_of, working_copy
from harness.owner import Owner
from harness.project import Project


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "loa"
    (root / "deploy").mkdir(parents=True)
    (root / ".gitignore").write_text(".env.local\n", encoding="utf-8")
    (root / ".env.local").write_text("A_TOKEN=canary\n", encoding="utf-8")
    (root / "deploy/tracked.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    (root / "deploy/tracked.sh").chmod(0o755)
    (root / "deleted").touch()
    subprocess.run(["git", "init", "--quiet", root], check=True)
    subprocess.run(["git", "-C", root, "add", "."], check=True)
    (root / "deleted").unlink()
    (root / "untracked").touch()
    return root


def names(root: Path) -> set[str]:
    files = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return {str(path) for path in files if path.parts[0] != ".git"}


def test_it_holds_what_git_tracks_or_would_and_no_credentials(checkout: Path) -> None:
    with working_copy(Project(checkout)) as copy:
        assert names(copy.root) == {".gitignore", "deploy/tracked.sh", "untracked"}
        assert os.access(copy.root / "deploy/tracked.sh", os.X_OK)


def test_it_is_gone_afterwards_even_after_an_error(checkout: Path, cache: Path) -> None:
    with pytest.raises(ZeroDivisionError), working_copy(Project(checkout)):
        raise ZeroDivisionError
    assert list((cache / "runs").iterdir()) == []


def test_it_says_whose_it_is(checkout: Path) -> None:
    with working_copy(Project(checkout)) as copy:
        assert owner_of(copy.root.parent) == Owner.parse(str(Owner.me()))


def test_two_copies_are_two_projects(checkout: Path) -> None:
    with working_copy(Project(checkout)) as one, working_copy(Project(checkout)) as other:
        assert one.slug != other.slug


def test_a_directory_without_git_can_be_copied(tmp_path: Path) -> None:
    root = tmp_path / "plain"
    (root / "node_modules").mkdir(parents=True)
    (root / "node_modules/x").touch()
    (root / ".env.local").touch()
    (root / "kept").touch()
    with working_copy(Project(root)) as copy:
        assert names(copy.root) == {"kept"}
