"""What is left of an engine that ended, or was killed: processes, mounts, control groups."""

import ctypes
import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from harness.errors import EngineError
from harness.poll import PollTimeoutError, until

__all__ = [
    "is_dockerd",
    "kill",
    "mounts",
    "processes",
    "remove_control_groups",
    "remove_shim_sockets",
    "rivals",
    "unmount",
]

_CONTROL_GROUPS = Path("/sys/fs/cgroup")
_SHIM_SOCKETS = Path("/run/containerd/s")
_MNT_DETACH = 2
# A docker client that runs from there too may talk to another engine.
_ENGINE_PROGRAMS = {"dockerd", "containerd", "containerd-shim-runc-v2", "docker-proxy", "runc"}
_PATIENCE = 10


def processes(programs: Path, group: str) -> list[psutil.Process]:
    """Return an engine's processes, and those of its containers.

    Args:
        programs: The directory below which the engine's own programs are.
        group: The name of the control group that all its containers are in.
    """
    return [it for it in psutil.process_iter() if _runs_from(it, programs) or _is_in(it, group)]


def kill(programs: Path, group: str) -> None:
    """End all of them at once.

    Raises:
        EngineError: The kernel holds on to one.
    """

    def gone() -> bool:
        left = processes(programs, group)
        for it in left:
            with suppress(psutil.NoSuchProcess):
                it.kill()
        return not left

    try:
        until(gone, seconds=_PATIENCE, what="the engine's processes end")
    except PollTimeoutError as error:
        left = ", ".join(str(it.pid) for it in processes(programs, group))
        raise EngineError(
            f"processes of the harness's engine do not end though they were killed: {left}",
            "what they wait for is the kernel's: try again, or restart the machine",
        ) from error


def rivals(programs: Path) -> list[psutil.Process]:
    """Return other Docker engines that share this network, wherever they listen."""
    network = Path("/proc/self/ns/net").readlink()
    return [
        it
        for it in psutil.process_iter()
        if is_dockerd(it) and not _runs_from(it, programs) and _link(it, "ns/net") == network
    ]


def is_dockerd(it: psutil.Process) -> bool:
    """Whether a process is an engine; psutil would remember what it was before its exec."""
    running = _link(it, "exe")
    return running is not None and _name(running) == "dockerd"


def mounts(place: Path) -> list[Path]:
    """Return the mount points at or below a directory, innermost first."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    points = [Path(_unescape(line.split()[4])) for line in lines]
    return [it for it in reversed(points) if it.is_relative_to(place)]


def unmount(place: Path) -> None:
    """Unmount everything at or below a directory, so that it can be removed safely.

    Raises:
        EngineError: Something is still mounted; removing the directory would empty it.
    """
    # The program umount is not on every Debian: its package may be left out.
    umount2 = ctypes.CDLL(None).umount2
    for point in mounts(place):
        umount2(os.fsencode(point), _MNT_DETACH)
    for point in mounts(place):
        raise EngineError(f"{point} is still mounted", "unmount it, then try again")


def remove_control_groups(group: str) -> None:
    """Remove an engine's control groups; the kernel frees them a moment after the last process."""

    def gone() -> bool:
        left = list(_groups(group))
        for path in left:
            with suppress(OSError):
                path.rmdir()
        return not left

    with suppress(PollTimeoutError):  # an empty group costs nothing, and the next run takes it
        until(gone, seconds=2, what="the engine's control groups are free")


def remove_shim_sockets(containerd: Path, containers: Path) -> None:
    """Remove the sockets by which containerd reached containers that were killed.

    Args:
        containerd: The address of the engine's containerd, after which they are named.
        containers: The directory with an entry for each container.
    """
    for container in containers.iterdir() if containers.is_dir() else ():
        name = hashlib.sha256(f"{containerd}/moby/{container.name}".encode()).hexdigest()
        (_SHIM_SOCKETS / name).unlink(missing_ok=True)


def _groups(group: str) -> Iterator[Path]:
    """Find the groups in each hierarchy, innermost first."""
    for root in (*_CONTROL_GROUPS.glob(group), *_CONTROL_GROUPS.glob(f"*/{group}")):
        yield from sorted((it for it in root.rglob("*") if it.is_dir()), reverse=True)
        yield root


def _runs_from(it: psutil.Process, programs: Path) -> bool:
    running = _link(it, "exe")
    return (
        running is not None
        and running.is_relative_to(programs)
        and _name(running) in _ENGINE_PROGRAMS
    )


def _name(running: Path) -> str:
    # The kernel adds " (deleted)" where the file is gone.
    return running.name.removesuffix(" (deleted)")


def _is_in(it: psutil.Process, group: str) -> bool:
    try:
        return f"/{group}" in Path(f"/proc/{it.pid}/cgroup").read_text(encoding="ascii")
    except OSError:
        return False


def _link(it: psutil.Process, name: str) -> Path | None:
    try:
        return Path(f"/proc/{it.pid}/{name}").readlink()
    except OSError:
        return None


def _unescape(text: str) -> str:
    """Undo mountinfo's octal escapes, as 040 for a space."""
    return text.encode().decode("unicode_escape").encode("latin-1").decode()
