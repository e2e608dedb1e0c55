"""What a container may do with the checkout's directories that it mounts, told before it starts.

The engine mounts them whoever they belong to. A gateway that cannot write to one comes up all the
same, and fails much later, without a word of why.
"""

import os
import pwd
import shlex
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import tracked
from harness.engine.model import Engine
from harness.errors import StackError
from harness.project import Project

__all__ = ["Runner", "check_mounts"]

_ACL = "system.posix_acl_access"
_PASSES_MODES = {"ALL", "DAC_OVERRIDE", "CAP_ALL", "CAP_DAC_OVERRIDE"}


@dataclass(frozen=True)
class Runner:
    """As whom a container runs, as this machine's files see it.

    Attributes:
        uid: The user's id.
        gids: The ids of its groups, its own first.
        passes: Whether modes and owners stop it nowhere, as they do not stop root.
    """

    uid: int
    gids: tuple[int, ...]
    passes: bool = False

    @classmethod
    def of(cls, service: Mapping[str, Any], user: str) -> "Runner":
        """Return whom a service of a compose model runs as.

        Args:
            service: It, as compose resolves it.
            user: `uid:gid`, both numbers.
        """
        uid, gid = map(int, user.split(":"))
        added = [int(it) for it in service.get("group_add") or () if str(it).isdigit()]
        # Without the capability, root is stopped as anybody else is.
        dropped = _PASSES_MODES & {str(it).upper() for it in service.get("cap_drop") or ()}
        kept = _PASSES_MODES & {str(it).upper() for it in service.get("cap_add") or ()}
        return cls(uid, (gid, *added), uid == 0 and (bool(kept) or not dropped))

    @classmethod
    def behind(cls, engine: Engine) -> "Runner | None":
        """Return who runs a rootless engine: root in its containers is that person here.

        None where its address is no socket, whose owner would tell.
        """
        socket = engine.host.removeprefix("unix://")
        if socket == engine.host:
            return None
        found = Path(socket).stat()
        try:
            person = pwd.getpwuid(found.st_uid)
        except KeyError:  # in a container, say, that one works in
            return cls(found.st_uid, (found.st_gid,))
        return cls(found.st_uid, tuple(os.getgrouplist(person.pw_name, person.pw_gid)))

    def may(self, found: os.stat_result, wanted: int) -> bool:
        """Whether a file's mode grants it what is wanted: 4 to read, 2 to write, 1 to enter."""
        if self.passes:
            return True
        if found.st_uid == self.uid:
            granted = found.st_mode >> 6
        elif found.st_gid in self.gids:
            granted = found.st_mode >> 3
        else:
            granted = found.st_mode
        return granted & wanted == wanted

    def __str__(self) -> str:
        return f"{self.uid}:{self.gids[0]}"


@dataclass(frozen=True)
class _Fault:
    """What is wrong with a mounted directory, and the command that mends it."""

    what: str
    command: str


def check_mounts(project: Project, engine: Engine, model: Mapping[str, Any], user: str) -> None:
    """Refuse to start a service that could not use what it mounts of the checkout.

    What is mounted to be read only need not be writable. Access lists are not judged.

    Args:
        project: The checkout.
        engine: An engine that sees its files.
        model: Its compose model; without the service, there is nothing to check.
        user: Whom the service will run as: `uid:gid`, both numbers.

    Raises:
        StackError: Something is missing, or belongs to somebody else, or its mode forbids it; the
            message names each such directory, and the command that mends it.
    """
    service = model["services"].get(project.config.compose.service, {})
    runner = Runner.behind(engine) if engine.rootless else Runner.of(service, user)
    if runner is None:
        return
    mounts = [it for it in service.get("volumes") or () if it.get("type") == "bind"]
    faults = [it for mount in mounts if (it := _fault(project, mount, runner))]
    if faults:
        commands = " and ".join(f"`{it.command}`" for it in faults)
        raise StackError("; ".join(it.what for it in faults), f"mend that with {commands}")


def _fault(project: Project, mount: Mapping[str, Any], runner: Runner) -> _Fault | None:
    source = Path(str(mount.get("source", "")))
    if not source.is_relative_to(project.root):  # the machine's own, as /etc/localtime is
        return None
    name, writes = str(source.relative_to(project.root)), not mount.get("read_only")
    try:
        found = source.stat()
    except FileNotFoundError:
        if _is_made(mount) and (runner.passes or not writes):
            return None
        return _missing(project, name, str(mount.get("target")))
    if _lies_read_only(source) and writes:
        what = f"{name} lies on a file system that is mounted read-only"
        return _Fault(what, f"mount --options remount,rw {shlex.quote(_mount_point(source))}")
    if _has_list(source) or runner.may(found, _wanted(found, writes=writes)):
        return None
    return _closed(source, name, found, runner, writes=writes)


def _is_made(mount: Mapping[str, Any]) -> bool:
    """Whether the engine makes what is missing, as root's; some composes leave that unsaid."""
    return (mount.get("bind") or {}).get("create_host_path") is not False


def _missing(project: Project, name: str, target: str) -> _Fault:
    restore = ["git", "-C", str(project.root), "checkout", "--", name]
    make = ["mkdir", "-p", str(project.root / name)]
    words = restore if tracked.knows(project.root, name) else make
    return _Fault(f"{name} is missing, and is to be mounted at {target}", shlex.join(words))


def _closed(
    source: Path, name: str, found: os.stat_result, runner: Runner, *, writes: bool
) -> _Fault:
    mode, use = f"{stat.S_IMODE(found.st_mode):04o}", "written to" if writes else "read"
    place = shlex.quote(str(source))
    if found.st_uid == runner.uid:
        bits = "u+rwX" if writes else "u+rX"
        what = f"{name} has mode {mode}: it cannot be {use} by {runner}, as whom the container runs"
        return _Fault(what, f"chmod {bits} {place}")
    sudo = "" if os.geteuid() == 0 else "sudo "
    what = (
        f"{name} belongs to {_person(found.st_uid)} and has mode {mode}: it cannot be {use} by "
        f"{runner}, as whom the container runs"
    )
    return _Fault(what, f"{sudo}chown -R {runner} {place}")


def _person(uid: int) -> str:
    try:
        return f"{pwd.getpwuid(uid).pw_name} ({uid})"
    except KeyError:
        return f"user {uid}"


def _wanted(found: os.stat_result, *, writes: bool) -> int:
    enters = 1 if stat.S_ISDIR(found.st_mode) else 0
    return 4 | (2 if writes else 0) | enters


def _lies_read_only(source: Path) -> bool:
    return bool(os.statvfs(source).f_flag & os.ST_RDONLY)


def _mount_point(source: Path) -> str:
    return str(next(it for it in (source, *source.parents) if it.is_mount()))


def _has_list(source: Path) -> bool:
    """Whether an access list may grant what the mode does not; not every system has them."""
    names: Callable[[Path], list[str]] = getattr(os, "listxattr", lambda _: [])
    try:
        return _ACL in names(source)
    except OSError:
        return False
