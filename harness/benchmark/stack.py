"""A contestant's stack: the checkout's own, with another way to bring a save live."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from harness.benchmark.contestant import Contestant
from harness.console import Step
from harness.criteria.facts.probe import Probe
from harness.docker.local_build import LocalBuild
from harness.docker.stack import Stack
from harness.engine.model import Engine
from harness.errors import StackError
from harness.fixtures.copy import working_copy
from harness.fixtures.images import DevImage
from harness.fixtures.stack import Images, Variant, acceptance_stack
from harness.poll import PollTimeoutError, until
from harness.project import Project

__all__ = ["contestant_stack", "contestants_image"]

_DEADLINE = 60.0


def contestants_image(project: Project, engine: Engine, directory: Path, dev: DevImage) -> DevImage:
    """Return the development image with the contestants' programs and the layer in it.

    Raises:
        ImageError: It cannot be built.
    """
    build = LocalBuild(
        project=project, engine=engine, dockerfile=directory / "Dockerfile", kind="contestants"
    )
    built = build.ensure({"BASE_IMAGE": dev.reference})
    return DevImage(built.reference, built.image.id, dev.added_bytes)


@contextmanager
def contestant_stack(
    contestant: Contestant, project: Project, engine: Engine, directory: Path, images: Images
) -> Iterator[Stack]:
    """Bring up a contestant in a copy of the checkout, and remove it.

    Args:
        contestant: Who it is.
        project: The checkout to copy.
        engine: The engine to run on.
        directory: Where the contestant's own compose file is.
        images: What all contestants run from.

    Raises:
        HarnessError: It does not come up.
    """
    with working_copy(project) as copy:
        override = copy.state_dir / "contestant.yml"
        override.write_text(yaml.safe_dump(_override(contestant, copy)), encoding="utf-8")
        own = [directory / contestant.compose] if contestant.compose else []
        variant = Variant(images=images, files=[*own, override], ready=_wait_until_served)
        with acceptance_stack(copy, engine, variant=variant) as stack:
            yield stack


def _override(contestant: Contestant, project: Project) -> dict[str, Any]:
    service: dict[str, Any] = {
        "environment": contestant.environment,
        # It asks port 3000, where only the reloaders of this project answer, at a price.
        "healthcheck": {"disable": True},
    }
    if contestant.command:
        service["command"] = list(contestant.command)
    return {"services": {project.config.compose.service: service}}


def _wait_until_served(stack: Stack, _: Step) -> None:
    try:
        until(Probe(stack).value, seconds=_DEADLINE, what="the layer answers")
    except PollTimeoutError as error:
        last = stack.logs(tail=1).strip() or "it printed nothing"
        raise StackError(f"the contestant does not serve: {last}", "see its command") from error
