"""The production image: built with today's cache keys, described from the build's own record."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from harness.docker.build_trace import BuildTrace
from harness.docker.buildx import NotCachedError
from harness.docker.dockerfile import Dockerfile
from harness.docker.local_build import to_be_made
from harness.docker.loopback_registry import registry
from harness.docker.production import Wanted, build_production, built_before
from harness.engine.model import Engine
from harness.errors import ImageError, UsageError
from harness.fixtures.production import production_image
from harness.project import Project
from tests.docker.small_checkout import small_checkout

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
    return small_checkout(tmp_path, DOCKERFILE.format(unique=uuid4()))


def _printing(project: Project) -> Project:
    """Let the stage's command say something while it is at work."""
    path = project.root / "deploy/Dockerfile"
    text = path.read_text(encoding="utf-8").replace("RUN echo", "RUN echo begun; sleep 1; echo")
    path.write_text(text, encoding="utf-8")
    return project


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
    with pytest.raises(UsageError, match=r"no stage nonsense"):
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
            assert 0 < (image.compressed or 0) < (image.size or 0)
        finally:
            docker.client.images.remove(tag)


@pytest.mark.engine
def test_what_a_build_does_is_told_by_stage_and_kept(docker: Engine, project: Project) -> None:
    tag, trace = f"loa-harness-test/told:{uuid4().hex[:12]}", project.root / "trace.json"
    told: list[str] = []
    build_production(_printing(project), docker, Wanted(tag=tag, trace=trace), on_stage=told.append)
    docker.client.images.remove(tag)
    assert told == ["builder"]
    steps = BuildTrace.model_validate_json(trace.read_bytes()).steps
    assert [it.cached for it in steps] == [False] * 3
    assert ["begun"] in [list(it.output) for it in steps]


@pytest.mark.engine
def test_a_stage_that_must_be_there_is_not_built(docker: Engine, project: Project) -> None:
    wanted = Wanted(must_be_cached=frozenset({"builder"}))
    with pytest.raises(NotCachedError, match="stage builder is not in the build cache"):
        build_production(_printing(project), docker, wanted)


@pytest.mark.engine
def test_what_was_built_of_the_same_inputs_is_found(docker: Engine, project: Project) -> None:
    assert not built_before(project, docker)
    tag = f"loa-harness-test/before:{uuid4().hex[:12]}"
    build_production(project, docker, Wanted(tag=tag))
    try:
        assert built_before(project, docker) == tag
        assert production_image(project, docker, patient=False) == tag
        (project.root / "unrelated").write_text("of no stage", encoding="utf-8")
        assert built_before(project, docker) == tag
        (project.root / "content").write_text("second", encoding="utf-8")
        assert not built_before(project, docker)
    finally:
        docker.client.images.remove(tag)


@pytest.mark.engine
def test_without_one_a_build_that_only_copies_is_good_enough(
    docker: Engine, project: Project
) -> None:
    with pytest.raises(NotCachedError, match=r"stage builder is not in the build cache"):
        production_image(_printing(project), docker, patient=False)
    tag = f"loa-harness-test/before:{uuid4().hex[:12]}"
    build_production(project, docker, Wanted(tag=tag))
    (project.root / "content").write_text("second", encoding="utf-8")
    name = production_image(project, docker, patient=False)
    try:
        assert name != tag
    finally:
        docker.client.images.remove(tag)
        docker.client.images.remove(name)


@pytest.mark.engine
def test_no_stand_in_is_made_to_find_that_nothing_was_built(
    docker: Engine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.fixtures.production.to_be_made", lambda *_: ["rust:1"])
    with pytest.raises(NotCachedError, match=r"not even a stand-in of rust:1 here"):
        production_image(project, docker, patient=False)


@pytest.mark.engine
def test_no_stand_in_of_this_machine_is_taken_for_another_platform(
    docker: Engine, project: Project
) -> None:
    path = project.root / "deploy/Dockerfile"
    path.write_text("FROM 127.0.0.1:1/nobody/nothing:1\n", encoding="utf-8")
    said = r"nothing:1: .*a stand-in is for linux/\w+, not for linux/s390x"
    with pytest.raises(ImageError, match=said):
        build_production(project, docker, Wanted(platform="linux/s390x"))


@pytest.mark.engine
@pytest.mark.usefixtures("stand_in")
def test_only_what_is_nowhere_has_to_be_made(docker: Engine, tmp_path: Path) -> None:
    nowhere = "127.0.0.1:1/nobody/nothing:1"
    path = tmp_path / "Dockerfile"
    path.write_text(
        f"FROM node:22-trixie-slim AS a\nFROM {nowhere}\nCOPY --from=a / /a\n", encoding="utf-8"
    )
    assert to_be_made(docker, Dockerfile.read(path)) == [nowhere]
