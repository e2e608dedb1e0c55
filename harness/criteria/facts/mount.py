"""The mounted sources: what is written on the host is read in the container at once."""

import itertools
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from docker.models.containers import Container

from harness.criteria.facts.host_place import mounts_of
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
        writable: Where anybody in the container could write into it, or into what lies below it.
    """

    source: str
    target: str | None
    looks: int
    seconds: float | None
    writable: tuple[str, ...]


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
        return MountFact(source=source, target=None, looks=0, seconds=None, writable=())
    looks, seconds = _read(stack, directory, target)
    return MountFact(
        source=source,
        target=str(target),
        looks=looks,
        seconds=seconds,
        writable=tuple(sorted(_written(stack, directory.resolve()))),
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


def _written(stack: Stack, directory: Path) -> Iterator[str]:
    """Yield each place of the container through which a directory of the host can be written.

    One may be mounted to be read, and for writing with the directory above it, or in part.
    """
    for mount in mounts_of(stack.container):
        if mount.source is None:
            continue
        if directory.is_relative_to(mount.source):
            here, there = directory, mount.target / directory.relative_to(mount.source)
        elif mount.source.is_relative_to(directory):
            here, there = mount.source, mount.target
        else:
            continue
        if any(_can_write(stack, here, there, user) for user in _EVERYBODY):
            yield str(there)


def _can_write(stack: Stack, here: Path, there: PurePosixPath, user: str | None) -> bool:
    """Whether a user can write to a directory or file; what counts is what the host sees of it."""
    if not here.is_dir():
        return _can_touch(stack, here, there, user)
    name = f"probe-{uuid.uuid4().hex}"
    touched = stack.exec(["touch", str(there / name)], user=user).ok
    if (here / name).exists():
        (here / name).unlink()
        return True
    if touched:  # another mount lies over it
        stack.exec(["rm", "-f", str(there / name)], user=user)
    return False


def _can_touch(stack: Stack, here: Path, there: PurePosixPath, user: str | None) -> bool:
    before = here.stat()
    stack.exec(["touch", str(there)], user=user)
    if here.stat().st_mtime_ns == before.st_mtime_ns:
        return False
    os.utime(here, ns=(before.st_atime_ns, before.st_mtime_ns))
    return True
