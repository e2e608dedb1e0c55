"""The mounted sources: what is written on the host is read in the container at once."""

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
        seconds: How long a file written on the host took to be read there; None if it never was.
        writable: Whether anybody in the container could write into it.
    """

    source: str
    target: str | None
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
        return MountFact(source=source, target=None, seconds=None, writable=False)
    return MountFact(
        source=source,
        target=str(target),
        seconds=_seconds_to_read(stack, directory, target),
        writable=any(_can_write(stack, directory, target, user) for user in _EVERYBODY),
    )


def _seconds_to_read(stack: Stack, directory: Path, target: PurePosixPath) -> float | None:
    directory.mkdir(parents=True, exist_ok=True)
    probe = directory / f"probe-{uuid.uuid4().hex}"
    wanted = uuid.uuid4().hex
    probe.write_text(wanted, encoding="utf-8")
    started = time.monotonic()

    def is_read() -> bool:
        return stack.exec(["cat", str(target / probe.name)]).stdout == wanted

    try:
        until(is_read, seconds=_PATIENCE, what=f"{probe.name} is read")
        return round(time.monotonic() - started, 3)
    except PollTimeoutError:
        return None
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
