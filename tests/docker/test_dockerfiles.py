"""This project's Dockerfiles: as hadolint wants them, and as the documents say."""

import sys
from pathlib import Path

import pytest

from harness import process
from harness.criteria.argument_table import table
from harness.project import Project
from tests.conftest import REPOSITORY

FILES = ("deploy/Dockerfile", "deploy/Dockerfile.dev", ".devcontainer/Dockerfile")
HADOLINT = Path(sys.executable).with_name("hadolint")


@pytest.mark.parametrize("name", FILES)
def test_hadolint_has_nothing_to_say(name: str) -> None:
    command: list[str | Path] = [HADOLINT, "--no-color", name]
    said = process.run(command, cwd=REPOSITORY, check=False)
    assert (said.stdout, said.status) == ("", 0)


def test_hadolint_would_say_something(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN cd /tmp\n", encoding="utf-8")
    command: list[str | Path] = [HADOLINT, "--config", REPOSITORY / ".hadolint.yaml"]
    assert not process.run([*command, tmp_path / "Dockerfile"], check=False).ok


def test_the_table_of_build_arguments_is_the_one_that_is_generated() -> None:
    document = (REPOSITORY / "docs/image.md").read_text(encoding="utf-8")
    wanted = table(Project(REPOSITORY))
    assert wanted in document, "take what `harness build --arguments` prints"


def test_a_comment_above_the_whole_file_is_no_argument_s(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    text = "# The image.\n\n# What to stand on.\nARG BASE=debian\nFROM ${BASE}\n"
    (tmp_path / "deploy/Dockerfile").write_text(text, encoding="utf-8")
    (tmp_path / "harness.toml").touch()
    assert "| `BASE` | `debian` | What to stand on |\n" in table(Project(tmp_path))
