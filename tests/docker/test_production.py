"""The production image: built with today's cache keys, described from the build's own record."""

from pathlib import Path
from uuid import uuid4

import pytest

from harness import process
from harness.docker.production import build_production
from harness.engine.model import Engine
from harness.errors import ImageError
from harness.project import Project

DOCKERFILE = """FROM node:22-trixie-slim AS builder
ARG GATEWAY_CACHE_KEY=1
RUN echo {unique} >/built
FROM node:22-trixie-slim AS runtime
ARG IMAGE_REVISION=unknown
COPY --from=builder /built /built
COPY content /content
LABEL org.opencontainers.image.revision="${{IMAGE_REVISION}}"
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "deploy/gateway").mkdir(parents=True)
    (tmp_path / "deploy/gateway/package-lock.json").write_text("{}", encoding="utf-8")
    text = DOCKERFILE.format(unique=uuid4())
    (tmp_path / "deploy/Dockerfile").write_text(text, encoding="utf-8")
    (tmp_path / "content").write_text("first", encoding="utf-8")
    (tmp_path / "harness.toml").touch()
    git: list[str | Path] = [
        "git",
        "-C",
        tmp_path,
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
    ]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "x"]):
        process.run([*git, *words])
    return Project.find(tmp_path)


@pytest.mark.engine
def test_a_stage_runs_again_when_its_key_changes_and_content_alone_runs_nothing(
    docker: Engine, project: Project, stand_in: str
) -> None:
    tag = f"loa-harness-test/production:{uuid4().hex[:12]}"
    try:
        first = build_production(project, docker, tag=tag)
        (project.root / "content").write_text("second", encoding="utf-8")
        second = build_production(project, docker, tag=tag)
        lock = project.root / "deploy/gateway/package-lock.json"
        lock.write_text("{ }", encoding="utf-8")
        third = build_production(project, docker, tag=tag)
        labels = docker.client.images.get(tag).labels
    finally:
        docker.client.images.remove(tag)
    builds = [{it.stage: (it.steps, it.cached) for it in b.stages} for b in (first, second, third)]
    assert builds[0] == {"builder": (1, 0), "runtime": (2, 0)}
    assert builds[1] == {"builder": (1, 1), "runtime": (2, 1)}
    assert builds[2]["builder"] == (1, 0)
    assert not first.revision.endswith("-dirty")
    assert second.revision == f"{first.revision}-dirty"
    assert labels["org.opencontainers.image.revision"] == third.revision
    assert first.size > 0
    assert not first.stand_ins or first.stand_ins == ("node:22-trixie-slim",), stand_in


@pytest.mark.engine
def test_a_stage_that_is_not_there_is_said_before_anything_is_built(
    docker: Engine, project: Project
) -> None:
    with pytest.raises(ImageError, match=r"no stage nonsense"):
        build_production(project, docker, target="nonsense")
