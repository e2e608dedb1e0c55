"""Workflows that a test writes down."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.github.workflow import DIRECTORY, Workflow

Write = Callable[..., Workflow]


@pytest.fixture
def workflow(tmp_path: Path) -> Write:
    """Write a workflow, and other files of its checkout, and read it."""

    def write(text: str, files: dict[str, str] | None = None, name: str = "deploy.yml") -> Workflow:
        for place, content in {f"{DIRECTORY}/{name}": text, **(files or {})}.items():
            (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place).write_text(content, encoding="utf-8")
        return Workflow.read(tmp_path, f"{DIRECTORY}/{name}")

    return write
