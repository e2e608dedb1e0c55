"""What is edited while the checks run makes their evidence none of a revision."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.criteria.steady import Steady
from harness.project import Project

pytest_plugins = ["pytester"]

CRITERION = """
[[criterion]]
id = "X-1.1"
priority = "P1"
claim = "It holds."
proof = "run"
gate = "release"
observe = "something"
"""
CHECK = """
from pathlib import Path

import pytest


@pytest.mark.criterion("X-1.1")
def test_one():
    Path("README.md").write_text("other")


@pytest.mark.criterion("X-1.1")
def test_two():
    Path("README.md").write_text("as it was")
"""
WORKER = "deploy/cloudflare/worker.ts"


def git(root: Path, *words: str) -> None:
    own = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", *own, *words], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    (root / "README.md").write_text("as it was", encoding="utf-8")
    (root / WORKER).parent.mkdir(parents=True)
    (root / WORKER).write_text("export {};\n", encoding="utf-8")
    (root / ".gitignore").write_text("build\n", encoding="utf-8")
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "one")


def write(name: str, text: str = "new") -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")

    return edit


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        (write("README.md"), ("files",)),
        (write("README.md", "as it was"), ("files",)),
        (write("new.md"), ("files",)),
        (write(WORKER), ("files", "worker")),
        (lambda root: (root / "README.md").unlink(), ("files",)),
        (lambda root: git(root, "commit", "--allow-empty", "--message", "two"), ("revision",)),
        (write("acceptance/test_it.py"), ("files", "harness")),
        (write("acceptance/local/test_it.py"), ("files", "harness", "local checks")),
        (write("build"), ()),
        (write("__pycache__/x.pyc"), ()),
        (lambda root: git(root, "status"), ()),
    ],
)
def test_what_changes_is_named(
    tmp_path: Path, edit: Callable[[Path], None], changed: tuple[str, ...]
) -> None:
    commit(tmp_path)
    (tmp_path / "acceptance").mkdir()
    steady = Steady(Project(tmp_path), tmp_path / "acceptance")
    assert steady.changed() == ()
    edit(tmp_path)
    assert steady.changed() == changed


def test_what_is_put_back_has_changed_all_the_same(tmp_path: Path) -> None:
    commit(tmp_path)
    steady = Steady(Project(tmp_path), tmp_path / "acceptance")
    (tmp_path / "new.md").touch()
    assert steady.changed() == ("files",)
    (tmp_path / "new.md").unlink()
    assert steady.changed() == ("files",)


def test_a_run_during_which_a_file_was_edited_says_so(
    pytester: pytest.Pytester, folder: Path
) -> None:
    (folder / "criteria.toml").write_text(CRITERION, encoding="utf-8")
    (folder / "test_it.py").write_text(CHECK, encoding="utf-8")
    commit(pytester.path)
    result = pytester.runpytest("acceptance")
    result.stdout.fnmatch_lines(["the files changed while the checks ran: no gate*"])
    latest = pytester.path / ".harness" / "evidence" / "latest.json"
    found = json.loads(latest.read_text(encoding="utf-8"))
    assert found["project"]["changed"] == 0
    assert found["run"]["changed"] == ["files"]
