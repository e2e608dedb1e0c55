"""The Docker engine, its client programs, and the room that it has."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from harness import process
from harness.doctor.finding import Check, Finding, Status, Subject
from harness.doctor.space import space
from harness.engine import clients, machine, packages
from harness.errors import EngineError, ToolError
from harness.paths import cache_dir

__all__ = ["CHECKS"]

_GB = 10**9
_ROOM_NEEDED, _ROOM_WANTED = 5 * _GB, 15 * _GB
_MEMORY = 4 * 2**30


def engine(subject: Subject) -> Iterator[Finding]:
    """Say which engine answers and how it was found, or what can be done about none."""
    located = subject.located
    if located is None:
        yield _no_engine()
        return
    kind = ", rootless" if located.answer.rootless else ""
    detail = f"{located.answer.version} ({located.address.origin}{kind}) at {located.address.host}"
    yield Finding("engine", Status.OK, detail)


def docker(subject: Subject) -> Iterator[Finding]:
    """Look for the docker program."""
    path = shutil.which("docker")
    if path is None:
        yield _replaceable(subject, "docker", "no docker program on the PATH")
        return
    try:
        said = process.run([path, "--version"], timeout=10).stdout.strip()
    except ToolError as error:
        yield _replaceable(subject, "docker", error.message)
        return
    yield Finding("docker", Status.OK, f"{said.removeprefix('Docker version ')} ({path})")


def plugins(subject: Subject) -> Iterator[Finding]:
    """Look for compose and buildx, in the versions that are needed."""
    for name, needed in clients.NEEDED.items():
        short = name.removeprefix("docker-")
        found = clients.find_plugin(name)
        if found is None:
            yield _replaceable(subject, short, "not among docker's plugins")
        elif not found.fits:
            wanted = ".".join(map(str, needed))
            detail = f"{found.version} ({found.path}), and {wanted} is needed"
            yield _replaceable(subject, short, detail)
        else:
            yield Finding(short, Status.OK, f"{found.version} ({found.path})")


def room(subject: Subject) -> Iterator[Finding]:
    """Compare the free space for images with what a first build takes."""
    root = Path(subject.located.answer.data_root) if subject.located else cache_dir()
    if not os.path.exists(root):  # noqa: PTH110 -- Path's raises where one may not look
        detail = f"{root}: in a machine of the engine's own, or not for everybody's eyes"
        yield Finding("disk", Status.OK, detail)
        return
    mend = "free some, for example `docker system prune`"
    yield space("disk", root, _ROOM_NEEDED, _ROOM_WANTED, mend)


def memory(subject: Subject) -> Iterator[Finding]:
    """Compare the engine's memory with the container's limit."""
    if subject.located is None:
        return
    there = subject.located.answer.memory
    detail = f"{there / 2**30:.1f} GiB for containers"
    if there < _MEMORY:
        mend = "give the engine's machine more, or close what takes it"
        detail = f"{detail}; production's container has {_MEMORY // 2**30}"
        yield Finding("memory", Status.WARN, detail, mend)
    else:
        yield Finding("memory", Status.OK, detail)


CHECKS: tuple[Check, ...] = (engine, docker, plugins, room, memory)


def _no_engine() -> Finding:
    try:
        machine.check()
    except EngineError as error:
        return Finding("engine", Status.MISSING, error.message, error.advice)
    detail = "none answers; `make dev` starts the harness's own"
    return Finding("engine", Status.WARN, detail, "harness engine up")


def _replaceable(subject: Subject, name: str, detail: str) -> Finding:
    """Describe what Debian's programs stand in for where they can be unpacked."""
    if packages.are_unpacked(clients.PACKAGES):
        return Finding(name, Status.OK, f"{detail}; the harness uses Debian's, unpacked")
    try:
        machine.check_packages()
    except EngineError:
        return Finding(name, Status.MISSING, detail, clients.INSTALL)
    if subject.engine is None and os.geteuid() != 0:
        told = f"{detail}; `make dev` unpacks Debian's once an engine answers"
        return Finding(name, Status.WARN, told, f"see the engine's line, or {clients.INSTALL}")
    return Finding(name, Status.WARN, f"{detail}; `make dev` unpacks Debian's", "harness engine up")
