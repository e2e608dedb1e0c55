"""Which Dockerfile a compose service is built by, and what a build of it needs."""

from pathlib import Path
from typing import Any

import pytest

from harness.criteria.facts.base_use import Build, build_of
from harness.criteria.faults import UnobservableError
from harness.project import Project
from tests.foreign import checkouts, kinds
from tests.foreign.checkouts import checkout

TESTS = "# e2e: more.\nFROM node:22 AS e2e\nCOPY --from=dev /srv /srv\n"


def built(project: Project, **build: Any) -> Build:  # noqa: ANN401 -- as JSON has it
    """Return it for a model as compose resolves it: the context is absolute."""
    build["context"] = str(project.root / build.get("context", "."))
    return build_of(project, {"services": {project.config.compose.service: {"build": build}}})


@pytest.mark.parametrize("files", [checkouts.OTHER_NAMES, kinds.OTHER_NAMES])
def test_a_dockerfile_is_relative_to_its_context(tmp_path: Path, files: dict[str, str]) -> None:
    found = built(checkout(tmp_path, files), context="deploy", dockerfile="Dockerfile.development")
    assert found == ("deploy/Dockerfile.development", ("ghcr.io/team/gate:main",))


def test_what_compose_does_not_find_is_the_one_that_was_found(tmp_path: Path) -> None:
    found = built(checkout(tmp_path, kinds.PODMAN), dockerfile="Dockerfile")
    assert found == ("Containerfile", ("ghcr.io/team/loa:main",))


@pytest.mark.parametrize(
    ("target", "needs"),
    [
        ("dev", ("ghcr.io/team/mind:main",)),
        ("e2e", ("node:22", "ghcr.io/team/mind:main")),
    ],
)
def test_only_the_stage_that_is_built_counts(
    tmp_path: Path, target: str, needs: tuple[str, ...]
) -> None:
    name = "docker/Dockerfile.dev"
    project = checkout(tmp_path, {**kinds.NPM, name: kinds.NPM[name] + TESTS})
    found = built(project, dockerfile=name, target=target, args={"MIND": None})
    assert set(found.needs) == set(needs)


def test_an_argument_chooses_the_base(tmp_path: Path) -> None:
    project = checkout(tmp_path, kinds.NPM)
    found = built(project, dockerfile="docker/Dockerfile.dev", args={"MIND": "debian:13"})
    assert found.needs == ("debian:13",)


def test_a_stage_that_is_not_there_cannot_be_judged(tmp_path: Path) -> None:
    project = checkout(tmp_path, kinds.NPM)
    with pytest.raises(UnobservableError, match="no stage work"):
        built(project, dockerfile="docker/Dockerfile.dev", target="work")
