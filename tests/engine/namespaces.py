"""Network and mounts of a test's own, so that it may run an engine beside any other."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from harness.engine import kernel, remains
from harness.engine.daemon import Daemon
from harness.engine.firewall import Nft

NEW_NETWORK, NEW_MOUNTS = 0x40000000, 0x00020000
MOVING = {"net/netfilter/nf_conntrack_count", "net/ipv4/route/flush", "net/ipv6/route/flush"}
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def own_namespaces() -> Iterator[None]:
    """Give this thread, and what it starts, an empty network and a /run and /opt of its own.

    The other threads stay where they are; pytest runs a test in the main one.
    """
    before = [os.open(f"/proc/self/ns/{kind}", os.O_RDONLY) for kind in ("net", "mnt")]
    directory = Path.cwd()
    _call("unshare", NEW_NETWORK | NEW_MOUNTS)
    try:
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        for place in ("/run", "/opt"):
            cover(Path(place))
        kernel.set_link("lo", up=True)
        # So that an engine has something to switch on.
        Path("/proc/sys/net/ipv4/ip_forward").write_text("0")
        yield
    finally:
        for descriptor in before:
            _call("setns", descriptor, 0)
            os.close(descriptor)
        # Back in their mounts, the whole process would be in /: see setns(2).
        os.chdir(directory)


def cover(place: Path) -> None:
    """Mount an empty directory over it, and let go of what another engine has mounted below it.

    Under the cover that would still be listed, until the other engine removes it.
    """
    remains.unmount(place)
    words = ["mount", "-t", "tmpfs", "-o", "mode=755", place.name, str(place)]
    subprocess.run(words, check=True)


def _call(name: str, *words: int) -> None:
    if getattr(_libc, name)(*words) != 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def state(nft: Nft, own: Daemon) -> dict[str, object]:
    """Return all that an engine could change here, and that it must not leave changed."""
    places = (Path("/run"), Path("/opt"), own.place)
    return {
        "firewall": [it for it in nft.ruleset() if "metainfo" not in it],
        "interfaces": sorted(psutil.net_if_addrs()),
        "mounts": [str(it) for place in places for it in remains.mounts(place)],
        "processes": processes(),
        "groups": sorted(str(it) for it in Path("/sys/fs/cgroup").rglob(own.run.name)),
        "files": sorted(str(it) for place in places[:2] for it in place.rglob("*")),
    }


def switches() -> dict[str, str]:
    """Return every setting of the network, and of the keys, below /proc/sys."""
    root = Path("/proc/sys")
    found = {}
    for path in (*(root / "net").rglob("*"), *(root / "kernel/keys").iterdir()):
        name = str(path.relative_to(root))
        if path.is_file() and name not in MOVING:
            with suppress(OSError):
                found[name] = path.read_text()
    return found


def processes() -> list[str]:
    """Name the processes that share our mounts or are in a container of a harness's engine here."""
    ours = {os.getpid(), *(it.pid for it in psutil.Process().children(recursive=True))}
    here = _read(os.getpid(), "mountinfo")
    return sorted(
        it.name()
        for it in psutil.process_iter()
        if it.pid not in ours and (_read(it.pid, "mountinfo") == here or _is_in_container(it.pid))
    )


def _is_in_container(pid: int) -> bool:
    return any(f"/{place.name}/" in _read(pid, "cgroup") for place in Path("/run").iterdir())


def _read(pid: int, name: str) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_text()
    return ""
