"""A pattern of `[watch]` that names nothing is found, and others are not accused."""

import subprocess
from pathlib import Path

import pytest

from harness.project import Project
from harness.watched import fault
from tests.conftest import REPOSITORY

LAYER = "deploy/loa-identity"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (f"{LAYER}/scheduler.ts", f"{LAYER}/a/b.mts", "docs/x.md", ".claude/y.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def watching(root: Path, *globs: str) -> str:
    text = f"[watch]\n\ninclude = {list(globs)}\n"
    (root / "harness.toml").write_text(text, encoding="utf-8")
    return fault(Project(root))


@pytest.mark.parametrize(
    "glob",
    [
        f"{LAYER}/**/*.ts",
        f"{LAYER}/*.ts",
        "**/*.ts",
        "**/scheduler.ts",
        f"{LAYER}/**",
        f"{LAYER}/a/?.mts",
        "deploy/*/scheduler.ts",
        "deploy/**/*.{js,m{j,t}s}",
        f"{LAYER}/[a-z]*.ts",
        f"{LAYER}/@(a|b).ts",
        f"{LAYER}/a{{1..3}}.ts",
    ],
)
def test_what_names_a_file_of_the_layer_fits(root: Path, glob: str) -> None:
    assert not watching(root, glob)


@pytest.mark.parametrize(
    "glob", ["docs/**", "src/**/*.ts", "*.ts", f"{LAYER}/*.mts", f"{LAYER}/**/*.{{js,jsx}}"]
)
def test_what_names_no_file_of_the_layer_is_told(root: Path, glob: str) -> None:
    assert watching(root, glob) == (
        f"watch.include (harness.toml:3): no file of {LAYER} matches {glob!r}, "
        "so no save there is loaded"
    )


def test_of_several_the_one_that_names_nothing_is_told(root: Path) -> None:
    told = watching(root, "**/*.ts", "deploy/loa-idenity/x.ts", "docs/*.md", "a.ts")
    assert told == (
        "watch.include (harness.toml:3): no file matches 'deploy/loa-idenity/x.ts', 'a.ts'"
    )


def test_what_follows_from_the_probes_file_is_not_told_to_name_too_much(root: Path) -> None:
    text = f"[probe]\nfile = '{LAYER}/scheduler.ts'\n"
    (root / "harness.toml").write_text(text, encoding="utf-8")
    assert any("clawdbot.plugin.json" in it for it in Project(root).config.watch.include)
    assert not fault(Project(root))


def test_a_file_that_git_ignores_may_be_loaded_all_the_same(root: Path) -> None:
    subprocess.run(["git", "init", "--quiet", root], check=True)
    (root / ".gitignore").write_text("made.ts\n", encoding="utf-8")
    (root / LAYER / "made.ts").touch()
    assert not watching(root, f"{LAYER}/made.ts")


def test_our_own_fits() -> None:
    assert not fault(Project(REPOSITORY))
