import sys
from pathlib import Path

import pytest

import harness
from harness.errors import ConfigError
from harness.fixtures.copy import working_copy
from harness.own_harness import warn_of_another
from harness.project import Project

RUNNING = Path(harness.__file__).resolve().parents[1]


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
    with pytest.raises(ConfigError, match="no such directory") as caught:
        Project.find(tmp_path / "nowhere")
    assert "`harness clean --project DIR`" in str(caught.value)


def test_a_directory_that_is_no_checkout_is_told() -> None:
    with pytest.raises(ConfigError, match="is a checkout"):
        Project.find(Path("/proc"))


def test_checkouts_of_the_same_name_have_names_of_their_own(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "My Loa!", tmp_path / "b" / "My Loa!"
    one.mkdir(parents=True)
    other.mkdir(parents=True)
    assert Project(one).slug != Project(other).slug
    assert Project(one).slug.startswith("loa-my-loa-")


class TestAnotherHarness:
    """A clone that has a harness of its own, while the one of this checkout runs."""

    @pytest.fixture(autouse=True)
    def clone(self, tmp_path: Path) -> Path:
        warn_of_another.cache_clear()
        root = tmp_path.resolve() / "clone"
        (root / "harness").mkdir(parents=True)
        (root / "harness" / "__init__.py").touch()
        (root / "harness.toml").touch()
        return root

    def test_it_is_named_once(self, clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for _ in range(2):
            assert Project.find(clone).root == clone
        assert capsys.readouterr() == (
            "",
            (
                f"warning: this is the harness of {RUNNING}; that of the checkout is in "
                f"{clone}/harness: run {clone}/.venv/bin/harness, which `make dev` makes there\n"
            ),
        )

    def test_one_that_is_there_is_not_said_to_be_made(
        self, clone: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (clone / ".venv/bin").mkdir(parents=True)
        (clone / ".venv/bin/harness").touch()
        Project.find(clone)
        assert capsys.readouterr().err.endswith(f": run {clone}/.venv/bin/harness\n")

    def test_a_checkout_without_one_is_not_warned_of(
        self, clone: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (clone / "harness" / "__init__.py").unlink()
        Project.find(clone)
        assert not capsys.readouterr().err

    def test_that_of_the_checkout_is_the_right_one(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Project.find(RUNNING)
        assert not capsys.readouterr().err

    def test_nor_is_one_that_is_led_to_this_environment(
        self, clone: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (clone / ".venv").symlink_to(sys.prefix)
        Project.find(clone)
        assert not capsys.readouterr().err

    def test_nor_is_a_copy_that_the_harness_made(self, capsys: pytest.CaptureFixture[str]) -> None:
        with working_copy(Project(RUNNING)) as copy:
            Project.find(copy.root)
        assert not capsys.readouterr().err
