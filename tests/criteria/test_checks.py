from pathlib import Path

import pytest

from harness.criteria.checks import declared, long_ones
from harness.errors import ConfigError


def test_criteria_are_read_from_the_sources(tmp_path: Path) -> None:
    folder = tmp_path / "acceptance" / "benchmarks"
    folder.mkdir(parents=True)
    (folder / "test_speed.py").write_text(
        "import pytest\n"
        '@pytest.mark.criterion("G-1.1", "NFR-1.1")\n'
        "@pytest.mark.slow\n"
        "def test_save(): ...\n"
        '@pytest.mark.criterion("US-1.1")\n'
        '@pytest.mark.criterion("G-1.1")\n'
        "def test_scheduler(): ...\n"
        "def test_nothing(): ...\n"
    )
    (folder / "helper.py").write_text('@pytest.mark.criterion("D-1")\ndef test_x(): ...\n')
    assert declared(tmp_path / "acceptance", tmp_path) == {
        "acceptance/benchmarks/test_speed.py::test_save": ("G-1.1", "NFR-1.1"),
        "acceptance/benchmarks/test_speed.py::test_scheduler": ("US-1.1", "G-1.1"),
    }


@pytest.mark.parametrize(
    ("beginning", "marks"),
    [
        ("", "@pytest.mark.long\n"),
        ("", "@pytest.mark.parametrize('a', [1, pytest.param(2, marks=pytest.mark.long)])\n"),
        ("pytestmark = [pytest.mark.slow, pytest.mark.long]\n", ""),
        ("pytestmark = pytest.mark.long\n", ""),
        ("MANY = pytest.mark.slow if FEW else pytest.mark.long\n", "@MANY\n"),
    ],
)
def test_what_takes_many_minutes_is_read_too(tmp_path: Path, beginning: str, marks: str) -> None:
    check = '@pytest.mark.criterion("G-1.1", "G-1.2")\n@pytest.mark.slow\ndef test_y(): ...\n'
    path = tmp_path / "test_x.py"
    path.write_text(f"{beginning}{check}")
    assert long_ones(tmp_path) == ({"G-1.1", "G-1.2"} if "pytestmark" in beginning else set())
    path.write_text(f"{beginning}{marks}{check}")
    assert long_ones(tmp_path, tmp_path, tmp_path / "none") == {"G-1.1", "G-1.2"}


def test_an_id_that_is_not_written_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("@pytest.mark.criterion(ID)\ndef test_y(): ...\n")
    with pytest.raises(ConfigError, match=r"test_x\.py:1: test_y: .*written out"):
        declared(tmp_path, tmp_path)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("def test_y(:\n")
    with pytest.raises(ConfigError, match=r"test_x\.py: no valid Python"):
        declared(tmp_path, tmp_path)
