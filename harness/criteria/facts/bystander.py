"""What another project has on the engine, and nobody uses just now: a prune would take it."""

import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from docker.errors import NotFound

from harness import names
from harness.docker.images import HOST
from harness.engine.model import Engine
from harness.fixtures.small_images import archive_of

__all__ = ["Bystander", "bystander"]


@dataclass(frozen=True)
class Bystander:
    """A project that is down.

    Attributes:
        things: What it has, as the SDK's models, by what each is called.
    """

    things: Mapping[str, Any]

    def lost(self) -> tuple[str, ...]:
        """Return which of its things are gone."""
        return tuple(name for name, it in self.things.items() if not _is_there(it))


@contextmanager
def bystander(engine: Engine) -> Iterator[Bystander]:
    """Give a project of its own a container, a network, volumes and an image, and remove them."""
    name = f"bystander-{uuid.uuid4().hex[:8]}"
    labels = {names.COMPOSE_PROJECT: name, **names.of_run()}
    client, things = engine.client, dict[str, Any]()
    with ExitStack() as kept:

        def keep(called: str, thing: Any, **how: Any) -> None:  # noqa: ANN401 -- the SDK's models
            things[called] = thing
            kept.callback(_remove, thing, **how)

        of_image = {**labels, HOST: socket.gethostname()}
        changes = [f'LABEL "{label}"="{value}"' for label, value in of_image.items()]
        client.api.import_image_from_data(
            archive_of(name), repository=name, tag="latest", changes=changes
        )
        keep("image", client.images.get(name), force=True)
        keep("named volume", client.volumes.create(name, labels=labels))
        # One without a name is what a prune takes unasked.
        keep("anonymous volume", client.volumes.create(labels=labels))
        keep("network", client.networks.create(name, labels=labels))
        stopped = client.containers.create(name, ["/nothing"], name=name, labels=labels)
        keep("stopped container", stopped, force=True)
        yield Bystander(things)


def _is_there(thing: Any) -> bool:  # noqa: ANN401 -- the SDK's models
    try:
        thing.reload()
    except NotFound:
        return False
    return True


def _remove(thing: Any, **how: Any) -> None:  # noqa: ANN401 -- the SDK's models
    with suppress(NotFound):
        thing.remove(**how)
