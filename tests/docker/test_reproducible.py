"""Two builds of the same checkout, the second without what the first left, have the same files."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

import pytest

from harness.docker.files import Entry, differing, files_of
from harness.docker.production import Wanted, build_production
from harness.engine.model import Engine
from harness.project import Project
from tests.docker.build_cache import prune, records

pytestmark = [pytest.mark.engine, pytest.mark.slow]

MOUNT = re.compile(r"type=cache,target=\S+,id=[\w-]+")
DOCKERFILE = "FROM node:22-trixie-slim\nRUN echo one >/kept {more}\nCOPY content /content\n"


def built(project: Project, engine: Engine, wanted: Wanted) -> dict[str, Entry]:
    """Build, and return the files; the stages that were to be built again really were."""
    tag = f"loa-harness-test/reproducible:{uuid4().hex[:12]}"
    image = build_production(project, engine, replace(wanted, tag=tag))
    try:
        # A directory that it works in is found done all the same.
        done = {it.stage for it in image.stages if it.cached == it.steps}
        assert not done.intersection(wanted.again)
        return files_of(engine, tag)
    finally:
        engine.client.images.remove(tag, force=True)


@contextmanager
def emptied(engine: Engine, copy: Project, stage: str) -> Iterator[None]:
    """Let a stage begin with nothing in the directories that its commands keep between builds."""
    path, unique = copy.root / "deploy/Dockerfile", uuid4().hex
    before, name, text = path.read_text(encoding="utf-8").partition(f" AS {stage}\n")
    own, mark, after = text.partition("\nFROM ")
    own, count = MOUNT.subn(rf"\g<0>-{unique}", own)
    assert count == own.count("type=cache")
    path.write_text(f"{before}{name}{own}{mark}{after}", encoding="utf-8")
    there = {it["ID"] for it in records(engine)}
    try:
        yield
    finally:
        new = (it for it in records(engine) if it["ID"] not in there)
        prune(engine, (it for it in new if it["Type"] == "exec.cachemount"))


@pytest.mark.parametrize(
    ("more", "expected"),
    [("", []), ("&& date +%s%N >/moment", ["moment"])],
    ids=["the same", "not the same"],
)
def test_a_file_that_a_build_makes_anew_each_time_is_seen(
    docker: Engine, copy: Project, more: str, expected: list[str]
) -> None:
    (copy.root / "content").write_text("x", encoding="utf-8")
    (copy.root / "deploy/Dockerfile").write_text(DOCKERFILE.format(more=more), encoding="utf-8")
    (copy.root / ".dockerignore").unlink()
    first = built(copy, docker, Wanted())
    second = built(copy, docker, Wanted(no_cache=True))
    assert "content" in first
    assert differing(first, second) == expected


@pytest.mark.long
@pytest.mark.xdist_group("stages")
@pytest.mark.parametrize("stage", ["system", "gateway-builder", "python-builder", "runtime"])
def test_a_stage_of_the_production_image_is_the_same_each_time(
    docker: Engine, copy: Project, stage: str
) -> None:
    """One at a time, some minutes each; what Rust compiles is compared with the naive stage's."""
    first = built(copy, docker, Wanted(target=stage))
    with emptied(docker, copy, stage):
        second = built(copy, docker, Wanted(target=stage, again=(stage,)))
    assert first
    assert not differing(first, second)[:20]
