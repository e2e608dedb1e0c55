from pathlib import Path

import pytest

from harness.criteria.catalog import Catalog, Gate, Priority
from harness.errors import ConfigError

OWN = Path(__file__).parents[2] / "acceptance" / "criteria.toml"

GOOD = """\
# A comment with [[criterion]] in it must not count as one.
[[criterion]]
id = "FR-1.3"
priority = "P0"
claim = "Configures a memory limit of 4 GB."
proof = "run"
gate = "release"
limit = "4 GiB"
observe = "the compose model"

[[criterion]]
id = "D-1"
priority = "P1"
claim = "The base image can be had."
proof = "run"
gate = "periodic"
observe = "the image"
"""


def write(directory: Path, text: str) -> Path:
    path = directory / "criteria.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_criteria_are_typed_and_keep_their_order(tmp_path: Path) -> None:
    catalog = Catalog.load(write(tmp_path, GOOD))
    assert [criterion.id for criterion in catalog] == ["FR-1.3", "D-1"]
    assert catalog["FR-1.3"].limit is not None
    assert catalog["FR-1.3"].limit.base == 4 * 2**30
    assert catalog["D-1"].limit is None
    assert (catalog["D-1"].priority, catalog["D-1"].gate) == (Priority.P1, Gate.PERIODIC)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('limit = "4 GiB"', 'limit = "4 gigs"', r":8: FR-1\.3: limit: .*'4 gigs'"),
        ('limit = "4 GiB"', "limit = 4", r":8: FR-1\.3: limit: .*such as"),
        ('priority = "P1"', 'priority = "P7"', r":13: D-1: priority: .*'P0' or 'P1'"),
        ('claim = "The base', 'clam = "The base', r":11: D-1: claim: Field required"),
        ('gate = "periodic"', 'gate = "periodic"\nnote = 1', r":17: D-1: note: unknown key"),
        ('id = "D-1"', 'id = "FR-1.3"', r":11: FR-1\.3: stands twice"),
        ('id = "D-1"', 'id = "the first"', r":12: the first: id: .*pattern"),
        ('[[criterion]]\nid = "FR', '[limits]\n[[criterion]]\nid = "FR', "there is limits"),
        ('id = "D-1"', "id = D-1", "no valid TOML: .*line 12"),
        (GOOD, 'criterion = ["FR-1.3"]', "criterion 1 is 'FR-1.3', and no table"),
    ],
)
def test_an_error_names_file_line_criterion_and_key(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError, match=expected) as raised:
        Catalog.load(write(tmp_path, GOOD.replace(old, new, 1)))
    assert "criteria.toml" in raised.value.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read"):
        Catalog.load(tmp_path / "nowhere.toml")


def test_an_unknown_id_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no criterion 'FR-1.4'; did you mean FR-1\.3"):
        Catalog.load(write(tmp_path, GOOD))["FR-1.4"]


def test_a_project_adds_criteria_of_its_own(tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.mkdir()
    own = write(local, GOOD.replace("FR-1.3", "L-1").replace("D-1", "L-2"))
    both = Catalog.load(write(tmp_path, GOOD), own)
    assert [criterion.id for criterion in both] == ["FR-1.3", "D-1", "L-1", "L-2"]


def test_the_projects_own_criteria_are_all_there() -> None:
    catalog = Catalog.load(OWN)
    assert len(catalog) == 65
    assert sum(criterion.limit is not None for criterion in catalog) == 11
