"""The production image: built with today's cache keys, described from the build's own record."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from harness import process
from harness.docker.buildx import NotCachedError
from harness.docker.loopback_registry import registry
from harness.docker.production import Wanted, build_production
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
        first = build_production(project, docker, Wanted(tag=tag))
        (project.root / "content").write_text("second", encoding="utf-8")
        second = build_production(project, docker, Wanted(tag=tag))
        lock = project.root / "deploy/gateway/package-lock.json"
        lock.write_text("{ }", encoding="utf-8")
        third = build_production(project, docker, Wanted(tag=tag))
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
    assert first.size
    assert first.hits.by_count == 0
    assert second.hits.by_count == pytest.approx(2 / 3)
    assert second.hits.seconds_saved is not None
    assert not first.digest
    assert not first.stand_ins or first.stand_ins == ("node:22-trixie-slim",), stand_in


@pytest.mark.engine
def test_a_stage_that_is_not_there_is_said_before_anything_is_built(
    docker: Engine, project: Project
) -> None:
    with pytest.raises(ImageError, match=r"no stage nonsense"):
        build_production(project, docker, Wanted(target="nonsense"))


@pytest.mark.engine
def test_what_is_pushed_has_the_digest_that_the_registry_gives_it(
    docker: Engine, project: Project
) -> None:
    with registry() as served:
        tag = f"{served.host}/loa:{uuid4().hex[:12]}"
        image = build_production(project, docker, Wanted(tag=tag, push=True))
        try:
            accept = {"Accept": "application/vnd.docker.distribution.manifest.v2+json"}
            name, _, label = tag.removeprefix(f"{served.host}/").partition(":")
            answer = httpx.head(f"http://{served.host}/v2/{name}/manifests/{label}", headers=accept)
            assert answer.headers["Docker-Content-Digest"] == image.digest
            assert image.image_id == docker.client.images.get(tag).id
        finally:
            docker.client.images.remove(tag)


@pytest.mark.engine
def test_finished_steps_are_found_in_a_registry(docker: Engine, project: Project) -> None:
    with registry() as served:
        tag = f"{served.host}/loa:cache"
        exported = Wanted(tag=tag, push=True, cache_to=("type=inline",))
        build_production(project, docker, exported)
        try:
            # Another build of the same steps, on which no cache of this engine has a hold.
            settings = Wanted(tag=tag, no_cache=False, cache_from=(f"type=registry,ref={tag}",))
            again = build_production(project, docker, settings)
        finally:
            docker.client.images.remove(tag)
    assert again.hits.by_count == 1


@pytest.mark.engine
def test_a_stage_that_must_be_there_is_not_built(docker: Engine, project: Project) -> None:
    path = project.root / "deploy/Dockerfile"
    text = path.read_text(encoding="utf-8").replace("RUN echo", "RUN echo begun; sleep 1; echo")
    path.write_text(text, encoding="utf-8")
    wanted = Wanted(must_be_cached=frozenset({"builder"}))
    with pytest.raises(NotCachedError, match="stage builder is not in the build cache"):
        build_production(project, docker, wanted)
