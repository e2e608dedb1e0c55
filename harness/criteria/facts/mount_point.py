"""The places in the development image where the sources are mounted."""

from collections.abc import Sequence
from typing import Any

from harness import names
from harness.criteria.facts.model import Facts
from harness.criteria.facts.mount import SOURCES, target_of
from harness.criteria.facts.one_off import wait_for_end
from harness.docker.stack import Stack

__all__ = ["MountPoint", "MountPointFacts", "observe"]

_PATIENCE = 30.0


class MountPoint(Facts):
    """Where one source directory is mounted.

    Attributes:
        source: The directory in the checkout.
        target: Where the running container has it; None where no mount holds it.
        owner: The user id that owns the directory in the bare image; None where it is missing.
        declared: Whether the image names it, as a volume or in a label.
    """

    source: str
    target: str | None
    owner: int | None
    declared: bool


class MountPointFacts(Facts):
    """All of them.

    Attributes:
        user: The user id that the image runs as.
    """

    user: int | None
    points: tuple[MountPoint, ...]


def observe(stack: Stack) -> MountPointFacts:
    """Look into a container of the bare image, without any mount."""
    targets = {it: target_of(stack.container, stack.project.root / it) for it in SOURCES}
    known = [str(target) for target in targets.values() if target]
    image = stack.engine.client.images.get(stack.container.attrs["Image"])
    user, owners = _look(stack, known)
    declared = _declared(image.attrs["Config"])
    return MountPointFacts(
        user=user,
        points=tuple(
            MountPoint(
                source=source,
                target=str(target) if target else None,
                owner=owners.get(str(target)),
                declared=str(target) in declared,
            )
            for source, target in targets.items()
        ),
    )


def _look(stack: Stack, targets: Sequence[str]) -> tuple[int | None, dict[str, int]]:
    """Return the image's user and the owner of each target that is a directory in it."""
    script = 'id -u; for it in "$@"; do [ -d "$it" ] && stat -c "%u %n" "$it"; done'
    container = stack.engine.client.containers.create(
        stack.container.attrs["Image"],
        entrypoint=["sh", "-c", script, "sh"],
        command=list(targets),
        labels=names.of_run(),
        network_mode="none",
    )
    try:
        container.start()
        wait_for_end(container, seconds=_PATIENCE)
        lines = container.logs(stderr=False).decode().splitlines()
    finally:
        container.remove(force=True, v=True)
    pairs = (line.split(" ", maxsplit=1) for line in lines[1:])
    return (int(lines[0]) if lines else None), {name: int(owner) for owner, name in pairs}


def _declared(config: dict[str, Any]) -> set[str]:
    labels = (config.get("Labels") or {}).values()
    words = (word for label in labels for word in str(label).replace(",", " ").split())
    return {*(config.get("Volumes") or {}), *words}
