"""The cache-hit rate: worked out from the record alone, or not at all."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.docker.dockerfile import Dockerfile
from harness.docker.hits import hits, remember
from harness.docker.record import BuildStep

TEXT = """FROM base AS tools
RUN one
RUN two
FROM base AS app
ENV NAME=value
WORKDIR /app
COPY --from=tools /one ./
FROM base AS unused
RUN never
FROM app AS last
COPY content ./
"""


@pytest.fixture
def dockerfile(tmp_path: Path) -> Dockerfile:
    (tmp_path / "Dockerfile").write_text(TEXT, encoding="utf-8")
    return Dockerfile.read(tmp_path / "Dockerfile")


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))


COLD = (
    BuildStep("[tools 1/3] RUN one", seconds=80),
    BuildStep("[tools 2/3] RUN two", seconds=10),
    BuildStep("[app 1/3] WORKDIR /app", seconds=1),
    BuildStep("[app 2/3] COPY --from=tools /one ./", seconds=5),
    BuildStep("[last 1/1] COPY content ./", seconds=4),
)


def warm(*but: str) -> list[BuildStep]:
    return [replace(it, cached=it.stage not in but, seconds=4.0 * (it.stage in but)) for it in COLD]


def test_a_first_build_has_no_hit(dockerfile: Dockerfile) -> None:
    found = hits(dockerfile, "", COLD, remember(COLD))
    assert (found.steps, found.cached, found.by_count, found.by_seconds) == (5, 0, 0, 0)


def test_steps_found_done_count_with_the_time_that_they_took_once(dockerfile: Dockerfile) -> None:
    remember(COLD)
    found = hits(dockerfile, "", warm("last"), remember(warm("last")))
    assert found.by_count == pytest.approx(0.8)
    assert found.seconds_saved == 96
    assert found.by_seconds == pytest.approx(0.96)


def test_a_disk_without_room_for_times_ends_no_build(tmp_path: Path) -> None:
    (tmp_path / "cache/build/seconds.json").mkdir(parents=True)
    assert sorted(remember(COLD).values()) == [1, 4, 5, 10, 80]


def test_only_the_stages_of_the_target_count(dockerfile: Dockerfile) -> None:
    found = hits(dockerfile, "tools", COLD[:2], remember(COLD))
    assert found.steps == 2


def test_without_a_step_there_is_no_rate(dockerfile: Dockerfile) -> None:
    found = hits(dockerfile, "", warm()[1:], remember(COLD))
    assert found.by_count is None
    assert found.problem == "the record has 4 steps, the stages have 5"


def test_a_step_that_was_never_timed_leaves_the_time_open(dockerfile: Dockerfile) -> None:
    found = hits(dockerfile, "", warm(), {})
    assert (found.by_count, found.by_seconds) == (1, None)
    assert found.problem == "a step that was found done was never timed here"


def test_a_build_for_two_platforms_has_twice_the_steps(dockerfile: Dockerfile) -> None:
    both = [
        replace(it, name=it.name.replace("[", f"[{platform} "), cached=True)
        for platform in ("linux/amd64", "linux/arm64")
        for it in COLD
    ]
    assert {it.platform for it in both} == {"linux/amd64", "linux/arm64"}
    assert {it.stage for it in both} == {"tools", "app", "last"}
    assert hits(dockerfile, "", both, {}, platforms=2).by_count == 1
