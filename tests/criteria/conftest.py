"""A checkout with nothing in it but a directory for checks, for runs of the plugin."""

from pathlib import Path

import pytest

from tests.criteria.small_run import CRITERIA


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for criteria.toml and checks."""
    monkeypatch.delenv("HARNESS_PROJECT", raising=False)
    options = "-p no:cacheprovider --strict-markers -ra --import-mode=importlib"
    pytester.makeini(f"[pytest]\naddopts = {options}")
    (pytester.path / "harness.toml").touch()
    folder = pytester.path / "acceptance"
    folder.mkdir()
    return folder


@pytest.fixture
def acceptance(folder: Path) -> Path:
    """The same with four criteria that are made up."""
    (folder / "criteria.toml").write_text(CRITERIA)
    return folder
