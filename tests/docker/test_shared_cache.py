"""Finished steps that go through a registry: a real one on loopback, and the builders there are."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from harness import process
from harness.docker import imagetools
from harness.docker.buildx import OWN_BUILDER
from harness.docker.cache_keys import cache_keys, next_month, next_week
from harness.docker.loopback_registry import registry
from harness.docker.production import Wanted, build_ahead, build_production
from harness.docker.registry import ask
from harness.engine.model import Engine
from harness.project import Project
from tests.docker.build_cache import prune, records
from tests.docker.small_checkout import small_checkout

pytestmark = pytest.mark.engine

# A copy is a step that needs no shell, and a key in its place makes it another.
DOCKERFILE = """FROM scratch AS rust-builder
ARG RUST_CACHE_KEY=1
COPY content /rust/{unique}/${{RUST_CACHE_KEY}}/
FROM scratch AS python-builder
ARG PYTHON_CACHE_KEY=1
COPY content /python/{unique}/${{PYTHON_CACHE_KEY}}/
FROM scratch AS runtime
COPY --from=rust-builder /rust/{unique} /rust
COPY --from=python-builder /python/{unique} /python
CMD ["/none"]
"""
BUILDKIT = "moby/buildkit:buildx-stable-1"
STAGES = ("rust-builder", "python-builder")


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with registry() as served:
        yield served.host


@pytest.fixture
def unique() -> str:
    return uuid4().hex


@pytest.fixture
def project(tmp_path: Path, host: str, unique: str) -> Project:
    published = f'[image]\npublished = "{host}/{unique}:main"\n'
    return small_checkout(tmp_path, DOCKERFILE.format(unique=unique), published)


def forget(docker: Engine, unique: str, *names: str) -> None:
    """Leave the engine neither images nor finished steps of a build."""
    for name in names:
        docker.client.images.remove(name)
    prune(docker, (it for it in records(docker) if unique in it["Description"]))


def test_the_engine_s_own_builder_finds_what_the_published_image_carries(
    docker: Engine, project: Project, unique: str
) -> None:
    published = project.config.image.published
    shared = Wanted(tag=published, push=True, registry_cache=True, builder=OWN_BUILDER)
    first = build_production(project, docker, shared)
    assert (first.hits.cached, first.hits.steps) == (0, 4)
    forget(docker, unique, published)
    alone = build_production(project, docker, Wanted(tag=published))
    assert alone.hits.by_count == 0, "nothing was forgotten"
    forget(docker, unique, published)
    pulling = Wanted(tag=published, registry_cache=True, builder=OWN_BUILDER)
    again = build_production(project, docker, pulling)
    forget(docker, unique, published)
    assert again.hits.by_count == 1


def test_stages_that_are_built_ahead_are_found_when_their_time_comes(
    docker: Engine, project: Project, unique: str
) -> None:
    now = datetime.now(UTC)
    coming = {
        **cache_keys(project.root, next_week(now)),
        "RUST_CACHE_KEY": cache_keys(project.root, next_month(now))["RUST_CACHE_KEY"],
    }
    ahead = build_ahead(project, docker, Wanted(registry_cache=True, builder=OWN_BUILDER))
    assert [[it.stage for it in image.stages] for image in ahead] == [[it] for it in STAGES]
    assert all(image.hits.by_count == 0 for image in ahead)
    tag = f"loa-harness-test/ahead:{unique}"
    then = build_production(project, docker, Wanted(tag=tag, build_args=coming))
    forget(docker, unique, tag)
    found = {it.stage: it.cached for it in then.stages}
    assert found == {"rust-builder": 1, "python-builder": 1, "runtime": 0}


@pytest.fixture
def builders(docker: Engine) -> Iterator[list[str]]:
    """Two builders of BuildKit's own image, neither of which knows what the other did."""
    if not docker.client.images.list(BUILDKIT) and ask(docker, BUILDKIT).problem:
        pytest.skip(f"{BUILDKIT} cannot be had here")
    names = [f"loa-harness-test-{uuid4().hex[:8]}" for _ in range(2)]
    options = ["--driver", "docker-container", "--driver-opt", "network=host", "--bootstrap"]
    buildx: list[str | Path] = [docker.program, "buildx"]
    try:
        for name in names:
            words = [*buildx, "create", "--name", name, *options]
            process.run(words, env=docker.variables, what="docker buildx create")
        yield names
    finally:
        for name in names:
            process.run([*buildx, "rm", name], env=docker.variables, check=False)


@pytest.mark.long
def test_one_builder_finds_what_another_exported(
    docker: Engine, project: Project, builders: list[str]
) -> None:
    published = project.config.image.published
    one, other = (
        Wanted(tag=published, push=True, registry_cache=True, builder=name) for name in builders
    )
    first = build_production(project, docker, one)
    assert first.hits.by_count == 0
    second = build_production(project, docker, other)
    assert second.hits.by_count == 1
    assert second.digest == first.digest


@pytest.mark.long
def test_what_is_built_ahead_lies_in_the_registry_under_its_coming_key(
    docker: Engine, project: Project, builders: list[str]
) -> None:
    month = cache_keys(project.root, next_month(datetime.now(UTC)))["RUST_CACHE_KEY"]
    build_ahead(project, docker, Wanted(registry_cache=True, builder=builders[0]))
    repository = project.config.image.published.removesuffix(":main")
    name = f"{repository}:cache-amd64-rust-builder-{month}"
    assert imagetools.exists(name)
    other = Wanted(
        target="rust-builder",
        builder=builders[1],
        cache_only=True,
        build_args={"RUST_CACHE_KEY": month},
        cache_from=(f"type=registry,ref={name}",),
    )
    assert build_production(project, docker, other).hits.by_count == 1
