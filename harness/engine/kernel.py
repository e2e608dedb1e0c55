"""What a Docker engine changes in the kernel, recorded before and put back after.

An engine leaves bridges, firewall rules and IP forwarding behind when it ends. Ours takes them
away again: whatever was there before stays, and so does what others added in the meantime.
"""

import fcntl
import ipaddress
import json
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from harness import whole
from harness.engine.firewall import Firewall, Nft
from harness.errors import EngineError

__all__ = ["BRIDGE", "POOLS", "Record", "add_bridge", "free_network", "set_link"]

BRIDGE = "loa-harness0"
POOLS = tuple(ipaddress.IPv4Network(text) for text in ("172.29.64.0/18", "10.213.64.0/18"))
"""Where the engine's networks are; the first that overlaps no route is used."""

_NETWORK_BRIDGE = re.compile(r"br-[0-9a-f]{12}")
_SWITCHES = (
    "net/ipv4/ip_forward",
    "net/ipv4/conf/*/forwarding",
    "net/ipv6/conf/*/forwarding",
    "net/bridge/bridge-nf-call-*",
    "kernel/keys/root_max*",
)
# Empty ones are left behind by every containerd, wherever its own state is.
_DIRECTORIES = (
    "/opt/containerd/bin",
    "/opt/containerd/lib",
    "/opt/containerd",
    "/run/containerd/s",
    "/run/containerd",
    "/run/docker/plugins",
    "/run/docker",
)
# Bridged packets meet no firewall before an engine loads the module that these belong to.
_MODULE_SWITCHES = "net/bridge/"

# ioctl numbers of <linux/sockios.h>.
_SIOCBRADDBR, _SIOCBRDELBR = 0x89A0, 0x89A1
_SIOCSIFADDR, _SIOCSIFNETMASK = 0x8916, 0x891C
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1


@dataclass(frozen=True)
class Record:
    """The state of the kernel's network at one moment.

    Attributes:
        moment: Which boot and which network namespace it was.
        interfaces: Names of the network interfaces.
        switches: Values by path under /proc/sys.
        firewall: Tables, chains and rules.
        directories: Those of every engine that are there.
    """

    moment: str
    interfaces: list[str]
    switches: dict[str, str]
    firewall: Firewall
    directories: list[str]

    @classmethod
    def take(cls, nft: Nft) -> "Record":
        """Look at the kernel now."""
        there = [it for it in _DIRECTORIES if Path(it).exists()]
        return cls(_moment(), _interfaces(), _switches(), Firewall.look(nft), there)

    @classmethod
    def load(cls, path: Path) -> "Record | None":
        """Read what `save` wrote; None if there is nothing, or it was in another boot."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            record = cls(**{**values, "firewall": Firewall(**values["firewall"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return record if record.moment == _moment() else None

    def save(self, path: Path) -> None:
        """Write the record to a file, whole or not at all."""
        whole.replace(path, json.dumps(asdict(self), indent=1) + "\n")

    def restore(self, nft: Nft, *, alone: bool) -> None:
        """Put the kernel's network back to how it was, as far as an engine changed it.

        Args:
            nft: The program that changes firewall rules.
            alone: No other engine works here; one that does needs the chains and switches, which
                all engines share.
        """
        bridges = [name for name in _bridges(alone=alone) if name not in self.interfaces]
        if alone:
            self.firewall.restore(nft, bridges, POOLS)
        for name in bridges:
            _remove_bridge(name)
        if alone:
            self._restore_switches()
            for name in _DIRECTORIES:
                if name not in self.directories:
                    with suppress(OSError):
                        Path(name).rmdir()

    def _restore_switches(self) -> None:
        now = _switches()
        # ip_forward first: it sets every interface's own.
        for name in sorted(now, key=lambda it: (it != "net/ipv4/ip_forward", it)):
            wanted = self.switches.get(name, "0" if name.startswith(_MODULE_SWITCHES) else None)
            if wanted is not None and _read(name) != wanted:
                Path("/proc/sys", name).write_text(wanted, encoding="ascii")


def add_bridge(network: ipaddress.IPv4Network) -> None:
    """Create the engine's own bridge, with the network's first address.

    Raises:
        EngineError: The kernel refuses it.
    """
    try:
        with _control() as control:
            with suppress(FileExistsError):
                fcntl.ioctl(control, _SIOCBRADDBR, BRIDGE.encode() + b"\0")
            fcntl.ioctl(control, _SIOCSIFADDR, _request(str(network[1])))
            fcntl.ioctl(control, _SIOCSIFNETMASK, _request(str(network.netmask)))
        set_link(BRIDGE, up=True)
    except OSError as error:
        raise EngineError(
            f"the kernel gives no network bridge ({error.strerror})",
            "an engine cannot run here; point DOCKER_HOST at one elsewhere",
        ) from error


def free_network() -> ipaddress.IPv4Network:
    """Return the first of the engine's address ranges that overlaps no route of this machine.

    Raises:
        EngineError: All of them do.
    """
    routes = list(_routes())
    for pool in POOLS:
        if not any(pool.overlaps(route) for route in routes):
            return pool
    ranges = " and ".join(str(pool) for pool in POOLS)
    raise EngineError(
        f"this machine's routes use {ranges}, which the harness's engine needs one of",
        "point DOCKER_HOST at another engine",
    )


def _routes() -> Iterator[ipaddress.IPv4Network]:
    """Read the routes, but for the default one, which overlaps everything."""
    for line in Path("/proc/net/route").read_text(encoding="ascii").splitlines()[1:]:
        words = line.split()
        address, mask = (struct.pack("<L", int(word, 16)) for word in (words[1], words[7]))
        if any(mask):
            route = f"{socket.inet_ntoa(address)}/{socket.inet_ntoa(mask)}"
            yield ipaddress.IPv4Network(route, strict=False)


def _moment() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot} {Path('/proc/self/ns/net').readlink()}"


def _interfaces() -> list[str]:
    return sorted(name for _, name in socket.if_nameindex())


def _bridges(*, alone: bool) -> list[str]:
    """Return the engine's bridges; beside another engine's they show by their addresses."""
    networks = [it for it in _interfaces() if _NETWORK_BRIDGE.fullmatch(it)]
    ours = [it for it in networks if alone or _is_in_pools(it)]
    return [*ours, *(it for it in _interfaces() if it == BRIDGE)]


def _is_in_pools(name: str) -> bool:
    found = psutil.net_if_addrs().get(name, [])
    addresses = [ipaddress.ip_address(it.address) for it in found if it.family == socket.AF_INET]
    return any(address in pool for address in addresses for pool in POOLS)


def _switches() -> dict[str, str]:
    root = Path("/proc/sys")
    names = (str(path.relative_to(root)) for glob in _SWITCHES for path in root.glob(glob))
    return {name: _read(name) for name in names}


def _read(name: str) -> str:
    return Path("/proc/sys", name).read_text(encoding="ascii").strip()


def _remove_bridge(name: str) -> None:
    # It may go in this very moment.
    with suppress(OSError), _control() as control:
        set_link(name, up=False)
        fcntl.ioctl(control, _SIOCBRDELBR, name.encode() + b"\0")


def set_link(name: str, *, up: bool) -> None:
    """Switch a network interface on or off.

    Raises:
        OSError: There is no such interface, or this user may not change it.
    """
    with _control() as control:
        request = struct.pack("16sH14s", name.encode(), 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(control, _SIOCGIFFLAGS, request))[1]
        flags = flags | _IFF_UP if up else flags & ~_IFF_UP
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14s", name.encode(), flags, b""))


def _control() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def _request(address: str) -> bytes:
    packed = socket.inet_aton(address)
    return struct.pack("16sHH4s8s", BRIDGE.encode(), socket.AF_INET, 0, packed, b"")
