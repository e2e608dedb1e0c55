"""What is seen of a small image's layers: the real builder, with commands that take no time."""

from pathlib import Path
from uuid import uuid4

import pytest

from harness import process
from harness.criteria.facts import layer_cache
from harness.criteria.facts.layer_cache import LayerCacheFacts
from harness.criteria.judge import layers as judge
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, Verdict
from harness.docker.production import build_production
from harness.engine.model import Engine
from harness.project import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

DOCKERFILE = """ARG NODE_IMAGE=node:22-trixie-slim
FROM ${{NODE_IMAGE}} AS rust-builder
ARG RUST_CACHE_KEY=1
RUN --mount=type=bind,source=deploy/rust,target=/run/rust echo {unique} >/ck
FROM ${{NODE_IMAGE}} AS python-builder
ARG PYTHON_CACHE_KEY=1
COPY deploy/python/requirements.lock /tmp/
RUN echo {unique} >/venv
FROM ${{NODE_IMAGE}} AS runtime
ARG RUNTIME_CACHE_KEY=1
RUN echo {unique} >/apt
COPY --from=rust-builder /ck /ck
COPY --from=python-builder /venv /venv
COPY deploy/start-loa.sh /start-loa.sh
COPY deploy/loa-identity /identity
COPY .claude /skills
COPY grimoires /grimoires
"""
FILES = {
    "deploy/rust/lock": "1",
    "deploy/python/requirements.lock": "1",
    "deploy/start-loa.sh": "#!/bin/sh",
    "deploy/loa-identity/scheduler.ts": "export {}",
    ".claude/skill.md": "# Skill",
    "grimoires/notes.md": "# Notes",
    "harness.toml": "",
}
KEY, RUN = "ARG RUNTIME_CACHE_KEY=1\n", "RUN echo {unique} >/apt\n"
LIMIT = Quantity.parse("2 min")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    process.run(["git", "init", "--quiet", tmp_path])
    return Project(tmp_path)


def look(project: Project, engine: Engine, text: str) -> LayerCacheFacts:
    (project.root / "deploy/Dockerfile").write_text(text.format(unique=uuid4()), encoding="utf-8")
    image = build_production(project, engine)
    try:
        return layer_cache.observe(project, engine)
    finally:
        engine.client.images.remove(image.reference, force=True)


def judged(facts: LayerCacheFacts) -> dict[str, Judgement]:
    judges = (judge.rust_layer, judge.python_layer, judge.cache_keys)
    return {it.criterion: it(facts, None) for it in judges} | {
        "G-3.3": judge.runtime_rebuild(facts, LIMIT)
    }


def test_layers_that_are_right_pass(docker: Engine, project: Project) -> None:
    found = judged(look(project, docker, DOCKERFILE))
    assert not {name: it.reason for name, it in found.items() if it.reason}


@pytest.mark.long
@pytest.mark.parametrize(
    ("old", "new", "failed"),
    [
        ("ARG RUST_CACHE_KEY=1\n", "ARG RUST_CACHE_KEY=1\nCOPY grimoires /g\n", {"G-3.1"}),
        ("ARG PYTHON_CACHE_KEY=1\n", "ARG RUST_CACHE_KEY=1\n", {"G-3.2", "FR-6.4"}),
        ("COPY grimoires /grimoires\n", "RUN true\n", {"G-3.3"}),
        (f"{KEY}{RUN}", f"{RUN}{KEY}", {"FR-6.4"}),
    ],
    ids=["the sources come too early", "one key for two stages", "stale content", "an idle key"],
)
def test_each_flaw_is_seen(
    docker: Engine, project: Project, old: str, new: str, failed: set[str]
) -> None:
    found = judged(look(project, docker, DOCKERFILE.replace(old, new)))
    wrong = {name for name, it in found.items() if it.verdict is Verdict.FAILED}
    assert wrong == failed, {name: it.reason for name, it in found.items()}


@pytest.mark.long
def test_one_stage_fails(docker: Engine, project: Project) -> None:
    single = "FROM node:22-trixie-slim AS runtime\nARG ALL_CACHE_KEY=1\nRUN echo {unique}\n"
    sources = "COPY deploy /deploy\nCOPY .claude /claude\nCOPY grimoires /grimoires\n"
    found = judged(look(project, docker, single + sources))
    assert all(it.verdict is Verdict.FAILED for it in found.values())
