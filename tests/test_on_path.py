"""Whether a person who types `harness` is told how it is found."""

import sys
from pathlib import Path

import pytest

from harness.on_path import advice


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The programs of a virtual environment in a checkout, none of them on the PATH."""
    programs = tmp_path / ".venv/bin"
    programs.mkdir(parents=True)
    for name in ("harness", "activate"):
        (programs / name).touch(0o755)
    monkeypatch.setattr(sys, "prefix", str(programs.parent))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return programs


@pytest.mark.usefixtures("programs")
def test_where_it_is_not_found_it_is_said_what_to_type() -> None:
    assert advice() == "`harness` is in .venv/bin; `. .venv/bin/activate` puts it on the PATH"


def test_from_elsewhere_the_whole_path_is_said(programs: Path) -> None:
    (programs / "below").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(programs / "below")
        assert f"`. {programs / 'activate'}` puts" in advice()


def test_where_it_is_found_there_is_nothing_to_say(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(programs))
    assert not advice()


def test_without_a_virtual_environment_there_is_nothing_to_advise(programs: Path) -> None:
    (programs / "activate").unlink()
    assert not advice()
