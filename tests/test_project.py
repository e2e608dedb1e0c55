from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.project import Project


def test_a_checkout_is_found_from_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "harness.toml").touch()
    below = tmp_path / "deploy" / "loa-identity"
    below.mkdir(parents=True)
    monkeypatch.delenv("HARNESS_PROJECT", raising=False)
    monkeypatch.chdir(below)
    assert Project.find().root == tmp_path.resolve()


def test_harness_project_wins_over_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docker-compose.dev.yml").touch()
    monkeypatch.setenv("HARNESS_PROJECT", str(tmp_path))
    assert Project.find().root == tmp_path.resolve()


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such directory"):
        Project.find(tmp_path / "nowhere")


def test_a_directory_that_is_no_checkout_is_told() -> None:
    with pytest.raises(ConfigError, match="is a checkout"):
        Project.find(Path("/proc"))


def test_checkouts_of_the_same_name_have_names_of_their_own(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "My Loa!", tmp_path / "b" / "My Loa!"
    one.mkdir(parents=True)
    other.mkdir(parents=True)
    assert Project(one).slug != Project(other).slug
    assert Project(one).slug.startswith("loa-my-loa-")
