"""Two builds of the same checkout, the second without what the first left, have the same files."""

import pytest

from harness.docker.dockerfile import Dockerfile
from harness.docker.files import Entry, files_of
from harness.docker.production import Wanted, build_production
from harness.engine.model import Engine
from harness.project import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

DOCKERFILE = "FROM node:22-trixie-slim\nRUN echo one >/kept {more}\nCOPY content /content\n"


def built(project: Project, engine: Engine, wanted: Wanted) -> dict[str, Entry]:
    image = build_production(project, engine, wanted)
    try:
        return files_of(engine, image.reference)
    finally:
        engine.client.images.remove(image.reference, force=True)


def different(before: dict[str, Entry], after: dict[str, Entry]) -> set[str]:
    return {name for name in before | after if before.get(name) != after.get(name)}


@pytest.mark.parametrize(
    ("more", "expected"),
    [("", set()), ("&& date +%s%N >/moment", {"moment"})],
    ids=["the same", "not the same"],
)
def test_a_file_that_a_build_makes_anew_each_time_is_seen(
    docker: Engine, copy: Project, more: str, expected: set[str]
) -> None:
    (copy.root / "content").write_text("x", encoding="utf-8")
    (copy.root / "deploy/Dockerfile").write_text(DOCKERFILE.format(more=more), encoding="utf-8")
    (copy.root / ".dockerignore").unlink()
    first = built(copy, docker, Wanted())
    second = built(copy, docker, Wanted(no_cache=True))
    assert "content" in first
    assert different(first, second) == expected


@pytest.mark.long
def test_the_production_image_is_the_same_each_time(docker: Engine, copy: Project) -> None:
    """All stages but the one for Rust, which would take another quarter of an hour."""
    stages = Dockerfile.read(copy.root / "deploy/Dockerfile").reached()
    again = tuple(it.name for it in stages if it.name != "rust-builder")
    first = built(copy, docker, Wanted())
    second = built(copy, docker, Wanted(again=again))
    assert not different(first, second)
