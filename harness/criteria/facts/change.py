"""A source change that takes effect: what the engine had to do for it."""

from typing import Any

from harness.criteria.facts.model import Facts
from harness.criteria.facts.probe import Probe
from harness.docker.images import CHECKOUT, images_of
from harness.docker.stack import Stack

__all__ = ["ChangeFacts", "Moment", "observe"]

_PATIENCE = 60.0


class Moment(Facts):
    """What runs at one moment.

    Attributes:
        container: The container's id.
        started: When it was started.
        image: The id of the image that it runs.
        named: The id of the image that its image's name stands for: a rebuild moves the name.
        builds: How many images have been built for this checkout.
    """

    container: str
    started: str
    image: str
    named: str
    builds: int


class ChangeFacts(Facts):
    """A change, and the same change taken back.

    Attributes:
        before: What ran before the change.
        after: What ran once it and its taking back had taken effect.
        first: What the gateway answered before; None where it did not answer.
        changed: What it answered after the change; None where nothing else ever came.
        restored: What it answered after the change was taken back.
    """

    before: Moment
    after: Moment
    first: str | None
    changed: str | None
    restored: str | None


def observe(stack: Stack) -> ChangeFacts:
    """Change a source file and take the change back, and wait for either to be served."""
    probe, before = Probe(stack).answering(), _now(stack)
    first = probe.value()
    with probe.kept():
        probe.save(probe.edited())
        changed = probe.wait_for_other(first, seconds=_PATIENCE)
    restored = probe.wait_for_other(changed, seconds=_PATIENCE)
    return ChangeFacts(
        before=before, after=_now(stack), first=first, changed=changed, restored=restored
    )


def _now(stack: Stack) -> Moment:
    attributes: dict[str, Any] = stack.container.attrs
    name = attributes["Config"]["Image"]
    images = stack.engine.client.images
    return Moment(
        container=attributes["Id"],
        started=attributes["State"]["StartedAt"],
        image=attributes["Image"],
        named=str(images.get(name).id),
        builds=len(images_of(stack.engine, f"{CHECKOUT}={stack.project.root}")),
    )
