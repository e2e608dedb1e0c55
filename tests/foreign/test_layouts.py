"""Checkouts of other layouts: found, and resolved as their own developers have them."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness import fingerprint, process
from harness.docker.stack import compose_of
from harness.engine.model import Engine
from tests.foreign.checkouts import BELOW, LAYOUTS, OTHER_NAMES, OVERRIDDEN, checkout

AS_COMPOSE_IS_CALLED = {
    "other names": (".", ["--file", "compose.dev.yaml"]),
    "below": (".", ["--file", "deploy/docker-compose.dev.yml"]),
    "overridden": (".", []),
    "including": (".", ["--file", "compose.yaml"]),
}


def test_how_the_service_is_built_is_found(tmp_path: Path) -> None:
    image = checkout(tmp_path, OTHER_NAMES).config.image
    assert image.dev_dockerfile == "deploy/Dockerfile.development"
    assert (image.dev_context, image.dev_target) == ("deploy", "work")
    assert image.published == "ghcr.io/team/gate:main"


def test_a_port_by_variable_tells_the_service(tmp_path: Path) -> None:
    found = checkout(tmp_path, BELOW).config
    assert found.compose.service == "only"
    assert (found.image.dev_context, found.image.dev_target) == (".", "")
    assert found.probe.file == "deploy/loa-identity/scheduler.ts"


def test_what_the_override_says_is_found_too(tmp_path: Path) -> None:
    found = checkout(tmp_path, OVERRIDDEN).config
    assert found.compose.service == "loa-gateway"
    assert found.image.dev_dockerfile == "Dockerfile.dev"
    assert found.image.dockerfile == "Dockerfile"


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("other names", "deploy/Dockerfile.development"),
        ("below", "deploy/docker-compose.dev.yml"),
        ("overridden", "docker-compose.override.yml"),
        ("overridden", "Dockerfile.dev"),
    ],
)
def test_what_the_stack_is_made_from_is_known_there_too(
    tmp_path: Path, layout: str, name: str
) -> None:
    project = checkout(tmp_path, LAYOUTS[layout])
    before = fingerprint.of_stack(project)
    path = project.root / name
    path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert fingerprint.differences(project, before, fingerprint.of_stack(project)) == [name]


@pytest.mark.parametrize(
    "env_file",
    ["one.env", "[one.env]", "[{path: one.env, required: false}]", '"${ENV:-one.env}"'],
)
def test_a_file_of_the_services_values_is_known(tmp_path: Path, env_file: str) -> None:
    compose = f"{BELOW['deploy/docker-compose.dev.yml']}    env_file: {env_file}\n"
    project = checkout(tmp_path, {**BELOW, "deploy/docker-compose.dev.yml": compose})
    before = fingerprint.of_stack(project)
    (tmp_path / "deploy/one.env").write_text("A=1\n", encoding="utf-8")
    now = fingerprint.of_stack(project)
    assert fingerprint.differences(project, before, now) == ["deploy/one.env"]


@pytest.mark.engine
@pytest.mark.parametrize("layout", LAYOUTS)
def test_compose_resolves_it_as_for_its_own_developers(
    tmp_path: Path, docker: Engine, layout: str
) -> None:
    project = checkout(tmp_path, LAYOUTS[layout])
    directory, options = AS_COMPOSE_IS_CALLED[layout]
    words = [str(docker.program), "compose", *options, "config", "--format", "json"]
    theirs = process.run(words, env=docker.variables, cwd=project.root / directory).stdout
    expected: dict[str, Any] = json.loads(theirs)["services"]
    found = compose_of(project, docker).model()["services"]
    assert found == expected
    assert project.config.compose.service in found
