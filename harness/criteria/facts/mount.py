"""The mounted sources: what is written on the host is read in the container at once."""

import itertools
import time
import uuid
from pathlib import Path, PurePosixPath

from docker.models.containers import Container

from harness.criteria.facts.model import Facts
from harness.docker.stack import Stack
from harness.poll import PollTimeoutError, until

__all__ = ["READ_ONLY", "SOURCES", "MountFact", "MountFacts", "observe", "target_of"]

# The directories that the PRD names.
SOURCES = (".claude", "grimoires", "deploy/loa-identity")
READ_ONLY = ".claude"

_PATIENCE = 2.0
_EVERYBODY = (None, "0")  # the stack's own user, and root


class MountFact(Facts):
    """One source directory.

    Attributes:
        source: The directory in the checkout.
        target: Where it is in the container; None where no mount holds it.
        looks: How often one had to look there for a file written on the host, and
        seconds: how long that took; None if it was never seen.
        writable: Whether anybody in the container could write into it.
    """

    source: str
    target: str | None
    looks: int
    seconds: float | None
    writable: bool


class MountFacts(Facts):
    """All source directories."""

    mounts: tuple[MountFact, ...]


def observe(stack: Stack) -> MountFacts:
    """Write a file into each source directory and read it in the container."""
    return MountFacts(mounts=tuple(_look(stack, source) for source in SOURCES))


def target_of(container: Container, path: Path) -> PurePosixPath | None:
    """Return where a path of the host is in a container, by the innermost mount that holds it."""
    binds = [it for it in container.attrs["Mounts"] if it["Type"] == "bind"]
    holding = [it for it in binds if path.is_relative_to(it["Source"])]
    if not holding:
        return None
    innermost = max(holding, key=lambda it: len(it["Source"]))
    return PurePosixPath(innermost["Destination"]) / path.relative_to(innermost["Source"])


def _look(stack: Stack, source: str) -> MountFact:
    directory = stack.project.root / source
    target = target_of(stack.container, directory)
    if target is None:
        return MountFact(source=source, target=None, looks=0, seconds=None, writable=False)
    looks, seconds = _read(stack, directory, target)
    return MountFact(
        source=source,
        target=str(target),
        looks=looks,
        seconds=seconds,
        writable=any(_can_write(stack, directory, target, user) for user in _EVERYBODY),
    )


def _read(stack: Stack, directory: Path, target: PurePosixPath) -> tuple[int, float | None]:
    """Write a file on the host and look for it in the container: how often, and how long."""
    directory.mkdir(parents=True, exist_ok=True)
    probe, wanted = directory / f"probe-{uuid.uuid4().hex}", uuid.uuid4().hex
    probe.write_text(wanted, encoding="utf-8")
    looks, started = itertools.count(1), time.monotonic()

    def look() -> int | None:
        number = next(looks)
        seen = stack.exec(["cat", str(target / probe.name)]).stdout
        return number if seen == wanted else None

    try:
        needed = until(look, seconds=_PATIENCE, what=f"{probe.name} is read")
        return needed, round(time.monotonic() - started, 3)
    except PollTimeoutError:
        return next(looks) - 1, None
    finally:
        probe.unlink()


def _can_write(stack: Stack, directory: Path, target: PurePosixPath, user: str | None) -> bool:
    name = f"probe-{uuid.uuid4().hex}"
    stack.exec(["touch", str(target / name)], user=user)
    written = directory / name
    if not written.exists():
        return False
    written.unlink()
    return True
