"""The published image: used where it can be had and fits, and otherwise a reason why not."""

import json
import socket
import time
from pathlib import Path

import pytest

from harness.docker import registry as registries
from harness.docker.images import inspect, platform
from harness.docker.published import Published
from harness.engine.model import Engine
from harness.fixtures.small_images import claim_platform
from tests.docker.local_registry import VERSION_LABEL, Registry

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("answers")]


def published(engine: Engine, reference: str) -> Published:
    return Published(engine, reference, VERSION_LABEL)


def test_an_image_that_fits_is_pulled_once(docker: Engine, registry: Registry) -> None:
    reference = registry.push("fits:main")
    first, second = (published(docker, reference).look_up() for _ in range(2))
    assert first.pulled
    assert not second.pulled
    assert first.image == second.image == inspect(docker, reference)
    assert not first.problem


def test_an_image_that_moved_on_is_pulled_again(
    docker: Engine, registry: Registry, answers: Path
) -> None:
    reference = registry.push("moves:main", content="old")
    old = published(docker, reference).look_up().image
    assert old
    docker.client.images.get(reference).tag("moves-old", "kept")
    registry.push("moves:main", content="new")
    docker.client.images.get("moves-old:kept").tag(reference.removesuffix(":main"), "main")
    answers.unlink()
    try:
        found = published(docker, reference).look_up()
        assert found.pulled
        assert found.image
        assert found.image.layers != old.layers
    finally:
        docker.client.images.remove("moves-old:kept")
        docker.client.images.remove(old.id, force=True)


def test_an_image_without_the_version_label_is_not_used(docker: Engine, registry: Registry) -> None:
    found = published(docker, registry.push("bare:main", label="")).look_up()
    assert found.image is None
    assert found.problem == f"it carries no label {VERSION_LABEL}, so its version is unknown"


def test_an_image_for_another_processor_is_not_even_pulled(
    docker: Engine, registry: Registry
) -> None:
    reference = registry.push("other:main")
    claim_platform(reference, "riscv64")
    found = published(docker, reference).look_up()
    assert found.problem == f"it is for linux/riscv64, and this engine runs {platform(docker)}"
    assert inspect(docker, reference) is None


def test_an_image_that_the_registry_does_not_have_is_said(
    docker: Engine, registry: Registry
) -> None:
    found = published(docker, f"{registry.host}/missing:main").look_up()
    assert found.problem.startswith("its registry does not give it (")
    assert found.is_misnamed


def test_a_registry_that_cannot_be_reached_is_said(docker: Engine, nobody: str) -> None:
    found = published(docker, f"{nobody}/x:main").look_up()
    assert found.problem == "its registry cannot be reached (connection refused)"
    assert not found.is_misnamed


def test_a_registry_that_is_silent_is_not_waited_for_twice(
    docker: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registries, "_ANSWER_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        reference = f"127.0.0.1:{silent.getsockname()[1]}/x:main"
        first = published(docker, reference).look_up()
        started = time.monotonic()
        assert published(docker, reference).look_up() == first
        assert time.monotonic() - started < 1.5
    assert first.problem == "its registry gives no answer within 2 s"


def test_an_answer_is_asked_for_again_once_it_is_old(
    docker: Engine, answers: Path, nobody: str
) -> None:
    reference = f"{nobody}/x:main"
    published(docker, reference).look_up()
    kept = json.loads(answers.read_text())
    for answer in kept.values():
        answer["asked"] -= 601
        answer["problem"] = "an old story"
    answers.write_text(json.dumps(kept))
    assert published(docker, reference).look_up().problem != "an old story"


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_damaged_memory_only_costs_the_question(
    docker: Engine, answers: Path, nobody: str, text: str
) -> None:
    answers.write_text(text)
    assert published(docker, f"{nobody}/x:main").look_up().problem
    assert json.loads(answers.read_text())


def test_without_its_registry_the_image_that_is_here_does(
    docker: Engine,
    registry: Registry,
    answers: Path,
    nobody: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pulled = published(docker, registry.push("offline:main")).look_up().image
    assert pulled
    away = f"{nobody}/offline:main"
    docker.client.images.get(pulled.id).tag(away.removesuffix(":main"), "main")
    try:
        found = published(docker, away).look_up()
        assert found.image == inspect(docker, away)
        assert not found.pulled
        assert "using the one that is here" in capsys.readouterr().err
    finally:
        docker.client.images.remove(away)
    assert answers.exists()
