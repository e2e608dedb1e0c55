"""The state that an environment keeps: WAL, .beads, .ckindex, and the gateway's sessions."""

import uuid
from collections.abc import Sequence
from contextlib import suppress

from docker.models.containers import Container

from harness.criteria.facts.footprint import Footprint
from harness.criteria.facts.gateway import GatewayError, open_gateway
from harness.criteria.facts.one_off import exec_in
from harness.criteria.facts.port import GATEWAY_PORT

__all__ = ["is_there", "make_state"]

_KINDS = ("wal", ".beads", ".ckindex")

# Where each kind is, wherever the app puts it.
_FIND = """
skip='-path /proc -o -path /sys -o -path /dev -o -path /usr -o -name node_modules'
for name; do
  find / \\( $skip \\) -prune -o -type d -iname "$name" -print 2>/dev/null | sed "s|^|$name |"
done
"""
_MAKE = 'for it; do mkdir -p "${it%/*}" && echo x > "$it" || exit 1; done'
_TEST = 'for it; do [ -e "$it" ] || exit 1; done'


def make_state(footprint: Footprint) -> dict[str, list[str]]:
    """Leave something in each kind of state of a running environment.

    Returns:
        The paths in the container, by the kind; a kind that could not be made is missing.
    """
    container = footprint.container()
    if container is None:
        return {}
    marks = {}
    for kind, places in _places(container).items():
        paths = [f"{place}/probe-{uuid.uuid4().hex}" for place in places]
        if exec_in(container, "sh", "-c", _MAKE, "sh", *paths).ok:
            marks[kind] = paths
    session = _make_session(footprint)
    return {**marks, "sessions": [session]} if session else marks


def is_there(footprint: Footprint, paths: Sequence[str]) -> bool:
    """Whether each path is there in the running container."""
    container = footprint.container()
    return bool(container and exec_in(container, "sh", "-c", _TEST, "sh", *paths).ok)


def _make_session(footprint: Footprint) -> str | None:
    """Let the gateway make a session, and return where it keeps it."""
    port = footprint.host_ports().get(GATEWAY_PORT)
    with suppress(GatewayError):
        if port:
            with open_gateway(footprint.project, port) as gateway:
                key = f"agent:main:probe-{uuid.uuid4().hex}"
                return str(gateway.ask("sessions.patch", {"key": key})["path"])
    return None


def _places(container: Container) -> dict[str, list[str]]:
    """Return where each kind is; what no program has made yet, where its program would.

    br and ck keep their state in the directory that they are called in.
    """
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for line in exec_in(container, "sh", "-c", _FIND, "sh", *_KINDS).stdout.splitlines():
        kind, _, path = line.partition(" ")
        found[kind].append(path)
    here = container.attrs["Config"]["WorkingDir"]
    return {kind: places or [f"{here}/{kind}"] for kind, places in found.items()}
