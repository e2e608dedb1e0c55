"""What a machine has to do for the development image when the published base is there."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from docker.errors import APIError

from harness.criteria.facts.checkout import fresh_copy
from harness.criteria.facts.model import Facts
from harness.criteria.faults import UnobservableError
from harness.docker.dockerfile import Dockerfile
from harness.docker.images import CHECKOUT, KIND, images_of, remove
from harness.engine.model import Engine
from harness.errors import HarnessError
from harness.fixtures.images import DevImage, base_image, dev_image
from harness.fixtures.stack import AcceptanceStack
from harness.ports import free_port
from harness.project import Project

__all__ = ["BaseUseFacts", "Build", "build_of", "observe"]


class BaseUseFacts(Facts):
    """What is used and what is done.

    Attributes:
        published: The published image's name.
        dockerfile: The file that the compose model's service is built by.
        needs: The images that a build of it needs when nobody chooses others.
        origin: How the base was had when an image of the published name was there.
        built: The kinds of images that had to be built then.
        steps: The commands that made the layers above the base, oldest first.
    """

    published: str
    dockerfile: str
    needs: tuple[str, ...]
    origin: str
    built: tuple[str, ...]
    steps: tuple[str, ...]


class Build(NamedTuple):
    """How a service's image is built: its Dockerfile, relative to the checkout, and the images."""

    dockerfile: str
    needs: tuple[str, ...]


def observe(stack: AcceptanceStack, project: Project) -> BaseUseFacts:
    """Give the stack's base the published image's name in a copy, and make its images.

    Raises:
        UnobservableError: The Dockerfile cannot be read, or has no such stage.
    """
    dockerfile, needs = build_of(stack.project, stack.model())
    origin, built, steps = _make(stack, project)
    return BaseUseFacts(
        published=stack.project.config.image.published,
        dockerfile=dockerfile,
        needs=needs,
        origin=origin,
        built=built,
        steps=steps,
    )


def build_of(project: Project, model: Mapping[str, Any]) -> Build:
    """Return how the service is built, and what a build needs when nobody chooses other images.

    Args:
        project: The checkout.
        model: Its compose model, as compose resolves it.

    Raises:
        UnobservableError: The Dockerfile cannot be read, or has no such stage.
    """
    build: dict[str, Any] = model["services"][project.config.compose.service].get("build") or {}
    path = _dockerfile(project, build)
    name = path.relative_to(project.root) if path.is_relative_to(project.root) else path
    given = {key: str(it) for key, it in (build.get("args") or {}).items() if it is not None}
    target = build.get("target") or project.config.image.dev_target
    try:
        needs = Dockerfile.read(path, given).images(target)
    except HarnessError as error:
        raise UnobservableError(str(error)) from error
    return Build(name.as_posix(), tuple(needs))


def _dockerfile(project: Project, build: Mapping[str, Any]) -> Path:
    """Return the service's Dockerfile; what compose resolves is relative to the context."""
    context = project.root / build.get("context", ".")
    path = context / build.get("dockerfile", "Dockerfile")
    # compose knows no Containerfile, which Podman builds by.
    there = bool(build) and path.is_file()
    return path if there else project.root / project.config.image.dev_dockerfile


def _make(stack: AcceptanceStack, project: Project) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    engine = stack.engine
    name = f"127.0.0.1:{free_port()}/published-{uuid.uuid4().hex[:8]}"
    engine.client.images.get(stack.images.base.image_id).tag(name, "main")
    try:
        with fresh_copy(project, {"image": {"published": f"{name}:main"}}) as copy:
            try:
                return _made(engine, copy)
            finally:
                remove(engine, str(copy.root))
    finally:
        with suppress(APIError):  # it may be what another checkout's image is too
            engine.client.images.remove(f"{name}:main")


def _made(engine: Engine, copy: Project) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    base = base_image(copy, engine)
    dev = dev_image(copy, engine, base)
    kinds = {it.labels.get(KIND, "") for it in images_of(engine, f"{CHECKOUT}={copy.root}")}
    return base.origin, tuple(sorted(kinds)), _steps_above(engine, base.image_id, dev)


def _steps_above(engine: Engine, base: str, dev: DevImage) -> tuple[str, ...]:
    images = engine.client.images
    below, whole = (images.get(it).history() for it in (base, dev.image_id))
    return tuple(str(it["CreatedBy"]) for it in reversed(whole[: len(whole) - len(below)]))
