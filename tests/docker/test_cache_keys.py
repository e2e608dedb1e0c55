"""Cache keys: each changes when its own stage is to be built anew, and no other then does."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.docker.cache_keys import cache_keys
from harness.docker.dockerfile import Dockerfile

REPOSITORY = Path(__file__).parents[2]
FRIDAY = datetime(2026, 11, 27, tzinfo=UTC)
FILES = (
    "deploy/gateway/package-lock.json",
    "deploy/build/install.sh",
    "deploy/lay-out.sh",
    "deploy/python/strip-torch.sh",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name.removesuffix("_CACHE_KEY") for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("now", "stages"),
    [
        (FRIDAY.replace(day=29), set()),
        (FRIDAY.replace(day=30), {"PYTHON"}),
        (FRIDAY.replace(month=12, day=1), {"PYTHON", "RUST", "SYSTEM"}),
    ],
)
def test_time_changes_the_keys_of_week_and_month(
    checkout: Path, now: datetime, stages: set[str]
) -> None:
    assert changed(cache_keys(checkout, FRIDAY), cache_keys(checkout, now)) == stages


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("deploy/gateway/package-lock.json", {"GATEWAY"}),
        ("deploy/build/install.sh", {"CORE", "RUNTIME"}),
        ("deploy/lay-out.sh", {"CORE", "RUNTIME"}),
        ("deploy/python/strip-torch.sh", {"RUNTIME"}),
        ("grimoires/notes.md", set()),
    ],
)
def test_a_file_changes_the_keys_of_the_stages_that_run_it(
    checkout: Path, name: str, stages: set[str]
) -> None:
    before = cache_keys(checkout, FRIDAY)
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text("other", encoding="utf-8")
    assert changed(before, cache_keys(checkout, FRIDAY)) == stages


def test_the_iso_week_belongs_to_its_own_year(checkout: Path) -> None:
    keys = cache_keys(checkout, datetime(2027, 1, 1, tzinfo=UTC))
    assert keys["PYTHON_CACHE_KEY"] == "2026-W53"
    assert keys["RUST_CACHE_KEY"] == "2027-01"


def test_every_key_is_declared_by_the_dockerfile_and_none_is_left_out() -> None:
    dockerfile = Dockerfile.read(REPOSITORY / "deploy/Dockerfile", {})
    declared = {*dockerfile.arguments("runtime"), *dockerfile.arguments("core")}
    keys = {name for name in declared if name.endswith("_CACHE_KEY")}
    assert keys == set(cache_keys(REPOSITORY, FRIDAY))


@pytest.mark.parametrize("stage", ["core", "runtime"])
def test_a_key_counts_each_script_that_the_stage_s_commands_run(stage: str, tmp_path: Path) -> None:
    parsed = Dockerfile.read(REPOSITORY / "deploy/Dockerfile")
    [found] = [it for it in parsed.stages if it.name == stage]
    runs = replace(found, instructions=tuple(it for it in found.instructions if it.name == "RUN"))
    before = cache_keys(tmp_path, FRIDAY)
    for source in set(runs.sources()):
        path = tmp_path / source / "script" if source == "deploy/build" else tmp_path / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        after = cache_keys(tmp_path, FRIDAY)
        assert stage.upper() in changed(before, after), source
        before = after
