from pathlib import Path

import pytest

from harness.criteria.catalog import Catalog, Criterion, Gate, Priority
from harness.criteria.quantity import Quantity
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
        (
            'claim = "The base',
            'clam = "The base',
            r":14: D-1: clam: unknown key, did you mean claim\?",
        ),
        ('gate = "periodic"', 'gate = "periodic"\nnote = 1', r":17: D-1: note: unknown key; the"),
        ('id = "D-1"', 'id = "FR-1.3"', r":11: FR-1\.3: stands at .*criteria\.toml:2 already"),
        (
            'id = "D-1"',
            'id = "the first"',
            r":12: the first: id: 'the first' is none; write it like X-1\.1",
        ),
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


def test_all_unknown_keys_are_named(tmp_path: Path) -> None:
    text = GOOD.replace('claim = "The', 'clam = "The').replace('proof = "run"', 'prove = "run"')
    with pytest.raises(ConfigError, match=r"clam: unknown key, .*claim\?; prove: unknown key, "):
        Catalog.load(write(tmp_path, text.split("\n\n")[1]))


@pytest.mark.parametrize("other", ["3 s", "3 MB", "3 %"])
@pytest.mark.parametrize(
    "criterion", [it for it in Catalog.load(OWN) if it.limit], ids=lambda it: it.id
)
def test_a_limit_of_another_kind_is_refused(
    tmp_path: Path, criterion: Criterion, other: str
) -> None:
    head, name, tail = OWN.read_text(encoding="utf-8").partition(f'id = "{criterion.id}"')
    path = write(tmp_path, head + name + tail.replace(f'"{criterion.limit}"', f'"{other}"', 1))
    assert criterion.limit
    if Quantity.parse(other).kind == criterion.limit.kind:
        Catalog.load(path)
        return
    expected = rf"criteria\.toml:\d+: {criterion.id}: limit: {other} is a .*; give it in one of"
    with pytest.raises(ConfigError, match=expected):
        Catalog.load(path)


def test_a_limit_of_another_kind_is_refused_for_a_projects_own_judge(tmp_path: Path) -> None:
    judge = '@judges_limit("FR-1.9", "time")\ndef quick(facts, limit): ...\n'
    (tmp_path / "test_own.py").write_text(judge, encoding="utf-8")
    with pytest.raises(ConfigError, match=r":8: FR-1\.9: limit: 4 GiB is a size, and .* a time"):
        Catalog.load(write(tmp_path, GOOD.replace("FR-1.3", "FR-1.9")))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read"):
        Catalog.load(tmp_path / "nowhere.toml")


def test_an_unknown_id_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no criterion 'FR-1.4'; did you mean FR-1\.3"):
        Catalog.load(write(tmp_path, GOOD))["FR-1.4"]


@pytest.mark.parametrize("name", ["FR-9.9", "X-1.3", "R-1.3", "D-7", ""])
def test_none_is_suggested_that_is_not_near(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"see acceptance/criteria\.toml"):
        Catalog.load(write(tmp_path, GOOD))[name]


def test_small_letters_are_near(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"did you mean FR-1\.3"):
        Catalog.load(write(tmp_path, GOOD))["fr-1.3"]


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
