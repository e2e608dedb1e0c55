"""A stage for each test."""

from pathlib import Path

import pytest

from tests.scripts.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage.set_up(tmp_path)
