"""FR-2 and D-1: the development image and its base."""

from collections.abc import Iterator

from harness.criteria.facts.image import BaseFacts, ImageFacts
from harness.criteria.facts.mount_point import MountPointFacts
from harness.criteria.facts.tool import ToolFacts
from harness.criteria.judge.base import judges, judges_limit
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["added_size", "available", "entr", "inherits", "mount_points", "tsx"]


@judges("FR-2.1")
def inherits(facts: ImageFacts) -> Judgement:
    """The development image's first layers are the base image's."""
    if facts.base_layers and _is_prefix(facts):
        return Judgement.of()
    return Judgement.of(["the development image's first layers are not those of its base"])


@judges("FR-2.2")
def entr(facts: ToolFacts) -> Judgement:
    """Entr starts a command, and starts it again when the file changes."""
    if facts.runs_before != 1:
        return Judgement.of([f"entr started its command {facts.runs_before} times, not once"])
    again = facts.runs_after - facts.runs_before
    if not 0 < again <= facts.changes:
        return Judgement.of([f"entr started its command {again} times on {facts.changes} changes"])
    return Judgement.of()


@judges("FR-2.3")
def tsx(facts: ToolFacts) -> Judgement:
    """Tsx runs a TypeScript file without network."""
    if facts.network:
        return Judgement.unverified("the container that was meant to have no network had one")
    if facts.tsx_status != 0:
        return Judgement.of([f"tsx ends with status {facts.tsx_status}"])
    return Judgement.of([] if facts.tsx_output else ["tsx does not print what the file says"])


@judges("FR-2.4")
def mount_points(facts: MountPointFacts) -> Judgement:
    """The source directories have a place in the image, of the right owner, and declared."""
    return Judgement.of(list(_wrong_points(facts)))


def _wrong_points(facts: MountPointFacts) -> Iterator[str]:
    for point in facts.points:
        if point.target is None:
            yield f"{point.source} is no target of the compose mounts"
        elif point.owner is None:
            yield f"{point.target} is not in the image"
        elif point.owner != facts.user:
            yield f"{point.target} belongs to {point.owner}, the image runs as {facts.user}"
        elif not point.declared:
            yield f"{point.target} is declared neither as a volume nor in a label"


@judges_limit("FR-2.5", "size")
def added_size(facts: ImageFacts, limit: Quantity) -> Judgement:
    """The layers above the base are small."""
    if not _is_prefix(facts):
        return Judgement.unverified("rests on FR-2.1: the image does not stand on its base")
    return Judgement.of(
        measurements=[
            Measurement.of("added", Quantity(facts.dev_bytes - facts.base_bytes, "B"), limit)
        ]
    )


@judges("D-1")
def available(facts: BaseFacts) -> Judgement:
    """The base was pulled, or built here, and fits this machine."""
    problems = []
    if facts.platform != facts.machine:
        problems.append(f"the base is for {facts.platform}, the engine runs {facts.machine}")
    if not facts.version:
        problems.append(f"the base ({facts.origin}) carries no version label")
    if not facts.layers:
        problems.append(f"the base ({facts.origin}) is empty")
    return Judgement.of(problems)


def _is_prefix(facts: ImageFacts) -> bool:
    return facts.dev_layers[: len(facts.base_layers)] == facts.base_layers
