"""Programs run in a container of an image, without network and with production's memory."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from docker.models.containers import Container

from harness import names
from harness.criteria.facts.model import Facts
from harness.criteria.facts.one_off import started, wait_for_end
from harness.engine.model import Engine
from harness.poll import PollTimeoutError

__all__ = ["Ran", "container_of", "run"]

_MEMORY = "4g"
_PATIENCE = 180.0
_KEPT = 2_000


class Ran(Facts):
    """A program that ran to its end.

    Attributes:
        status: What it ended with; None where it did not end in three minutes.
        said: The end of what it printed.
    """

    status: int | None
    said: str


def run(engine: Engine, image: str, command: Sequence[str]) -> Ran:
    """Run a program of an image in place of what the image starts."""
    with container_of(engine, image, command) as container:
        try:
            state = wait_for_end(container, seconds=_PATIENCE)
            status = int(state["ExitCode"])
        except PollTimeoutError:
            status = None
        said = container.logs().decode(errors="replace")
    return Ran(status=status, said=said[-_KEPT:].strip())


@contextmanager
def container_of(
    engine: Engine,
    image: str,
    command: Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Container]:
    """Start a container and remove it afterwards, with the volumes that came with it.

    Args:
        engine: Where the image is.
        image: Its name.
        command: What to run instead of all that the image would start.
        environment: Variables on top of the image's own.
    """
    container = engine.client.containers.create(
        image,
        entrypoint=list(command[:1]) if command else None,
        command=list(command[1:]) if command else None,
        environment=dict(environment or {}),
        name=f"harness-image-{uuid.uuid4().hex[:8]}",
        labels=names.of_run(),
        network_mode="none",
        mem_limit=_MEMORY,
        memswap_limit=_MEMORY,
    )
    with started(container):
        yield container
