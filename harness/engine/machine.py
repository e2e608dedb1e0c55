"""Whether the harness can run an engine of its own on this machine, and from which packages."""

import os
from collections.abc import Mapping, Sequence

from harness.engine import clients, packages, remains, sources
from harness.errors import EngineError

__all__ = ["WAYS_OUT", "check", "check_packages", "engine_packages", "none_answers"]

WAYS_OUT = (
    "start Docker or install it (https://docs.docker.com/engine/install/), point DOCKER_HOST at an "
    "engine, or run as root on Debian 12 or 13, where the harness starts one of its own"
)
_SUPPORTED = ("bookworm", "trixie")
# Debian 13's engine wants a libc that Debian 12 has; its runc does not, and the firewall's tools
# are best the machine's own.
_ENGINE = ("docker.io", "containerd")
_FROM_MACHINE = (
    "runc",
    "libseccomp2",
    "tini",
    "iptables",
    "libxtables12",
    "libip4tc2",
    "libip6tc2",
    "libmnl0",
    "libnfnetlink0",
    "libnftnl11",
    "libnetfilter-conntrack3",
    "nftables",
    "libnftables1",
    "libjansson4",
    "libedit2",
    "libbsd0",
    "libmd0",
)


def engine_packages() -> Mapping[str, Sequence[str]]:
    """Return the packages of an engine, by the Debian release that they come from."""
    wanted: dict[str, list[str]] = {"trixie": list(_ENGINE)}
    wanted.setdefault(sources.codename(), []).extend(_FROM_MACHINE)
    return wanted


def check_packages() -> None:
    """Make sure that Debian's packages can be unpacked here.

    Raises:
        EngineError: They cannot.
    """
    for release in clients.PACKAGES:
        sources.archives(release)


def none_answers(advice: str) -> EngineError:
    """Return the error for a command that needs an engine, where none answers, and starts none.

    Args:
        advice: What to do, if one can be started here.
    """
    try:
        check()
    except EngineError as error:
        return error
    return EngineError("no Docker engine answers", advice)


def check() -> None:
    """Make sure that an engine can be started here, beside no other.

    Raises:
        EngineError: It cannot; the message says why, and the ways out.
    """
    if os.geteuid() != 0:
        raise EngineError("no Docker engine answers, and only root can start one", WAYS_OUT)
    try:
        release = sources.codename()
    except EngineError as error:
        raise EngineError(f"no Docker engine answers; {error.message}", WAYS_OUT) from error
    if release not in _SUPPORTED:
        raise EngineError(
            f"no Docker engine answers, and the harness's own is not known to run on {release}",
            WAYS_OUT,
        )
    for rival in remains.rivals(packages.place()):
        raise EngineError(
            f"a Docker engine runs here (pid {rival.pid}) that answers at none of the usual "
            "addresses, and a second one would break its network",
            "set DOCKER_HOST to its address, or stop it",
        )
