"""The example of a project's own criterion in docs/criteria.md is one, word by word."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.docs.documented import blocks

DOCUMENT = REPOSITORY / "docs" / "criteria.md"
HARNESS = Path(sys.executable).parent / "harness"


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """The directory of criteria of a project, with what the document shows in it."""
    (tmp_path / "harness.toml").touch()
    (tmp_path / "Makefile").write_text("help:\n\t@echo help\n", encoding="utf-8")
    local = tmp_path / "acceptance" / "local"
    local.mkdir(parents=True)
    (criteria,), (check,) = blocks(DOCUMENT, "toml"), blocks(DOCUMENT, "python")
    (local / "criteria.toml").write_text(criteria, encoding="utf-8")
    (local / "test_help.py").write_text(check, encoding="utf-8")
    return local


def accept(local: Path) -> "subprocess.CompletedProcess[str]":
    words = ["accept", "--project", str(local.parents[1]), "--criterion", "X-1.1"]
    return subprocess.run([str(HARNESS), *words], capture_output=True, text=True, check=False)


def limited(local: Path, limit: str) -> None:
    path = local / "criteria.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"5 s"', f'"{limit}"'))


def test_it_passes_as_it_stands(local: Path) -> None:
    done = accept(local)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "X-1.1   passed     make help answers in under 5 s." in done.stdout
    assert "(< 5 s)" in done.stdout


def test_a_limit_that_is_missed_fails_it(local: Path) -> None:
    limited(local, "0.001 ms")
    done = accept(local)
    assert done.returncode == 1
    assert "(must be < 0.001 ms)" in done.stdout


def test_a_limit_of_another_kind_is_refused(local: Path) -> None:
    limited(local, "5 MB")
    done = accept(local)
    assert done.returncode == 2
    assert "criteria.toml:7: X-1.1: limit: 5 MB is a size" in done.stderr


@pytest.mark.parametrize("key", ["id", "priority", "claim", "proof", "gate", "observe", "limit"])
def test_each_key_is_explained(key: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"| `{key}` | " in text
    assert f"\n{key} = " in blocks(DOCUMENT, "toml")[0]
