import os
import subprocess
from pathlib import Path

import pytest

from harness.fixtures.commits import commit
from harness.fixtures.copy import owner_of, working_copy
from harness.owner import Owner
from harness.paths import cache_dir
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


def test_what_git_says_to_its_hooks_is_for_the_checkout_alone(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(checkout / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(checkout / ".git/index"))
    kept = [checkout / ".git/config", checkout / ".git/index"]
    before = [it.read_bytes() for it in kept]
    with working_copy(Project(checkout)) as copy:
        assert (copy.root / ".git").is_dir()
        commit(copy.root, "as it is")
    assert [it.read_bytes() for it in kept] == before
    assert not list((checkout / ".git/refs/heads").iterdir())


def test_a_commit_is_made_whatever_git_is_told_on_this_machine(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = checkout.parent / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (hooks / "pre-commit").chmod(0o755)
    settings = checkout.parent / "gitconfig"
    told = f"[commit]\ngpgSign = true\n[gpg]\nprogram = false\n[core]\nhooksPath = {hooks}\n"
    settings.write_text(told, encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    with working_copy(Project(checkout)) as copy:
        commit(copy.root, "as it is")


def git(root: Path, *words: str) -> None:
    settings = ("user.name=x", "user.email=x@example.org", "protocol.file.allow=always")
    told = [word for it in settings for word in ("-c", it)]
    subprocess.run(["git", "-C", root, *told, *words], check=True, capture_output=True)


def test_another_repository_inside_is_none_of_its_sources(checkout: Path) -> None:
    git(checkout, "commit", "--message", "x")
    git(checkout, "worktree", "add", "beside")
    subprocess.run(["git", "init", "--quiet", checkout / "nested"], check=True)
    (checkout / "nested/file").touch()
    with working_copy(Project(checkout)) as copy:
        assert names(copy.root) == {".gitignore", "deploy/tracked.sh", "untracked"}


def test_a_submodule_comes_along(checkout: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "--quiet", other], check=True)
    (other / "part.ts").touch()
    git(other, "add", ".")
    git(other, "commit", "--message", "x")
    for name in ("part", "absent"):
        git(checkout, "submodule", "add", str(other), name)
    git(checkout, "submodule", "deinit", "--force", "absent")
    with working_copy(Project(checkout)) as copy:
        assert "part/part.ts" in names(copy.root)
        assert not (copy.root / "absent").exists()


def test_a_cache_behind_a_link_is_known_by_where_it_lies(
    checkout: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir(exist_ok=True)
    (cache.parent / "link").symlink_to(cache)
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(cache.parent / "link"))
    with working_copy(Project(checkout)) as copy:
        assert copy.root == copy.root.resolve()
        assert owner_of(cache_dir("runs") / copy.root.parent.name)
