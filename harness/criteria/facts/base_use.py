"""What a machine has to do for the development image when the published base is there."""

import uuid
from contextlib import suppress
from typing import Any

from docker.errors import APIError

from harness.criteria.facts.checkout import fresh_copy
from harness.criteria.facts.model import Facts
from harness.docker.dockerfile import Dockerfile
from harness.docker.images import CHECKOUT, KIND, images_of, remove
from harness.engine.model import Engine
from harness.fixtures.images import DevImage, base_image, dev_image
from harness.fixtures.stack import AcceptanceStack
from harness.ports import free_port
from harness.project import Project

__all__ = ["BaseUseFacts", "observe"]


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


def observe(stack: AcceptanceStack, project: Project) -> BaseUseFacts:
    """Give the stack's base the published image's name in a copy, and make its images."""
    dockerfile, arguments = _build_of(stack)
    parsed = Dockerfile.read(stack.project.root / dockerfile, arguments)
    origin, built, steps = _make(stack, project)
    return BaseUseFacts(
        published=stack.project.config.image.published,
        dockerfile=dockerfile,
        needs=tuple(parsed.images()),
        origin=origin,
        built=built,
        steps=steps,
    )


def _build_of(stack: AcceptanceStack) -> tuple[str, dict[str, str]]:
    """Return the service's Dockerfile, relative to the checkout, and its build arguments."""
    service = stack.model()["services"][stack.project.config.compose.service]
    build: dict[str, Any] = service.get("build") or {}
    default = stack.project.config.image.dev_dockerfile
    return build.get("dockerfile") or default, build.get("args") or {}


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
