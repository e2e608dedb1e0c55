"""What is concluded from a search in an image, with a `ck` that finds a word all over the place."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from harness import process
from harness.criteria.facts import rust_tool
from harness.criteria.facts.in_image import Ran
from harness.engine.model import Engine
from harness.project import Project

CK = """#!/bin/sh
echo "$3/b.md:1:$2"
seq 5000 | sed "s|.*|$3/z.md:&:$2|"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A checkout, and programs in place of the image's."""
    files = {"bin/ck": CK, "bin/find": "#!/bin/sh\necho /w\n", "grimoires/b.md": "everywhere\n"}
    files |= {"grimoires/a.md": "ignored\n", ".dockerignore": "grimoires/a.md\n"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return Project(tmp_path)


def run(_engine: Engine, _image: str, command: Sequence[str]) -> Ran:
    if "ck -rn" not in command[-1]:
        return Ran(status=0, said="")
    done = process.run(command, check=False)
    return Ran(status=done.status, said=done.stdout[-2000:].strip())


def test_a_word_that_stands_everywhere_is_found_in_its_file(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rust_tool, "run", run)
    found = rust_tool.observe(project, cast("Engine", None), "image")
    assert found.wanted == ("everywhere", "b.md")
    assert (found.search.status, found.search.said) == (0, "/w/b.md:1:everywhere")
