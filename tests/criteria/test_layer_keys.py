"""Which stages give the production image files, and what their keys are; nothing is built."""

from pathlib import Path

import pytest

from harness.criteria.facts.layer_cache import Key, keys_of
from harness.docker.dockerfile import Dockerfile
from harness.project import Project

DOCKERFILE = """
FROM rust:1 AS rust-builder
ARG RUST_MONTH=1
ARG CK_VERSION=1
RUN cargo install --locked ck-search@${CK_VERSION}
FROM python:3 AS Python-Builder
ARG PYTHON_CACHE_KEY=1
COPY requirements.lock /
RUN pip install -r requirements.lock
FROM python-builder AS model
RUN fetch
FROM node:22 AS unused
ARG UNUSED_CACHE_KEY=1
FROM node:22 AS runtime
COPY --from=0 /ck /usr/local/bin/
RUN --mount=type=bind,from=python-builder,source=/venv,target=/mnt cp -a /mnt /opt/venv
COPY --from=model /model /model
"""


def keys(root: Path, text: str = DOCKERFILE) -> dict[str, Key]:
    (root / "requirements.lock").touch()
    (root / "Dockerfile").write_text(text, encoding="utf-8")
    project = Project(root)
    return {it.stage: it for it in keys_of(project, Dockerfile.read(root / "Dockerfile"))}


def test_a_stage_gives_files_by_its_number_and_by_a_mount(tmp_path: Path) -> None:
    found = keys(tmp_path)
    assert [name for name, it in found.items() if it.builder] == [
        "rust-builder",
        "python-builder",
        "model",
    ]
    assert list(found) == ["rust-builder", "python-builder", "model", "runtime"]


@pytest.mark.parametrize(
    ("old", "new", "stage"),
    [
        ("COPY --from=0", "COPY --from=unused", "rust-builder"),
        ("COPY --from=0", "COPY --from=rust:1", "rust-builder"),
        ("type=bind,from=python-builder", "type=bind", "python-builder"),
    ],
)
def test_one_that_nobody_takes_files_from_is_no_builder(
    tmp_path: Path, old: str, new: str, stage: str
) -> None:
    found = keys(tmp_path, DOCKERFILE.replace(old, new))
    assert stage not in found or not found[stage].builder


def test_a_name_in_capitals_is_the_same(tmp_path: Path) -> None:
    text = DOCKERFILE.replace("--from=0", "--from=Rust-Builder")
    assert keys(tmp_path, text)["rust-builder"].builder


def test_only_what_harness_build_sets_is_known(tmp_path: Path) -> None:
    found = keys(tmp_path)
    assert (found["rust-builder"].argument, found["rust-builder"].known) == ("RUST_MONTH", False)
    assert found["python-builder"].changes == ("week", "month")
    assert found["python-builder"].known
    assert (found["model"].argument, found["model"].known) == (None, False)


def test_what_a_stage_stands_on_is_an_input_too(tmp_path: Path) -> None:
    found = keys(tmp_path)
    assert {name: it.inputs for name, it in found.items()} == {
        "rust-builder": 0,
        "python-builder": 1,
        "model": 1,
        "runtime": 1,
    }
