"""The state that an environment keeps: WAL, .beads, .ckindex, and the gateway's sessions."""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from docker.models.containers import Container

from harness.criteria.facts.footprint import Footprint
from harness.criteria.facts.gateway import GatewayError, open_gateway
from harness.criteria.facts.host_place import Mounted, holding, mounts_of
from harness.criteria.facts.one_off import exec_in
from harness.criteria.facts.port import GATEWAY_PORT
from harness.criteria.facts.sources import Sources
from harness.poll import PollTimeoutError, until

__all__ = [
    "KINDS",
    "SESSIONS",
    "Mark",
    "Marks",
    "forget",
    "make_state",
    "present",
    "state_directories",
]

KINDS = ("wal", ".beads", ".ckindex")
"""The usual names of directories that hold state, in whatever case."""

SESSIONS = "sessions"
"""The kind of state that the gateway keeps of its users."""

_WRITTEN = 5.0

# Where each kind is, wherever the app puts it.
_FIND = """
skip='-path /proc -o -path /sys -o -path /dev -o -path /usr -o -name node_modules'
for name; do
  find / \\( $skip \\) -prune -o -type d -iname "$name" -print 2>/dev/null | sed "s|^|$name |"
done
"""
_MAKE = 'for it; do mkdir -p "${it%/*}" && echo "${it##*/}" > "$it" || exit 1; done'
_PRESENT = """
while [ $# -gt 0 ]; do
  [ -e "$1" ] && case $(cat "$1") in *"$2"*) echo "$1" ;; esac
  shift 2
done
"""
_HOLDS_FILES = '[ -n "$(find "$1" -type f 2>/dev/null | head -n 1)" ]'


class Mark(NamedTuple):
    """A file in the container that shows whether its state is there: it holds the text then."""

    path: str
    text: str


Marks = Mapping[str, Sequence[Mark]]
"""The marks of each kind of state."""


def make_state(footprint: Footprint, sources: Sources) -> dict[str, list[Mark]]:
    """Leave something in each kind of state of a running environment.

    Args:
        footprint: What the environment has on the engine.
        sources: What is no state, whatever it is called: a directory of code, say.

    Returns:
        The marks, by the kind; a kind that could not be made is missing.
    """
    container = footprint.container()
    if container is None:
        return {}
    marks = {}
    for kind, places in _places(container, sources).items():
        names = [f"probe-{uuid.uuid4().hex}" for _ in places]
        made = [Mark(f"{place}/{it}", it) for place, it in zip(places, names, strict=True)]
        if exec_in(container, "sh", "-c", _MAKE, "sh", *(it.path for it in made)).ok:
            marks[kind] = made
    session = _make_session(footprint, container)
    return {**marks, SESSIONS: [session]} if session else marks


def present(container: Container | None, marks: Sequence[Mark]) -> list[Mark]:
    """Return those marks that are in a container; none where there is none that runs."""
    if container is None:
        return []
    words = [word for mark in marks for word in mark]
    found = exec_in(container, "sh", "-c", _PRESENT, "sh", *words).stdout.splitlines()
    return [it for it in marks if it.path in found]


def forget(container: Container, marks: Sequence[Mark]) -> None:
    """Remove what `make_state` has made, but for the gateway's own files."""
    paths = [it.path for it in marks if it.path.endswith(f"/{it.text}")]
    exec_in(container, "rm", "-f", *paths)


def state_directories(container: Container, marks: Marks, sources: Sources) -> list[Path]:
    """Return the directories of the copy that are an environment's state, relative to the copy.

    That is what it may write to and no source lies in, and what holds a mark.
    """
    mounts = mounts_of(container)
    bound = [it.source for it in mounts if it.writable and it.source and it.source.is_dir()]
    whole = [it for it in sources.within(bound) if not sources.below(it)]
    held = [_on_host(mounts, mark.path) for found in marks.values() for mark in found]
    return [*whole, *(it.parent for it in sources.within(held))]


def _on_host(mounts: Sequence[Mounted], path: str) -> Path | None:
    place = PurePosixPath(path)
    mount = holding(mounts, place)
    return mount.on_host(place) if mount else None


def _make_session(footprint: Footprint, container: Container) -> Mark | None:
    """Let the gateway make a session, and return where it keeps it."""
    port = footprint.host_ports().get(GATEWAY_PORT)
    key = f"agent:main:probe-{uuid.uuid4().hex}"
    with suppress(GatewayError):
        if port:
            with open_gateway(footprint.project, port) as gateway:
                path = str(gateway.ask("sessions.patch", {"key": key})["path"])
                return _session_mark(container, path, key)
    return None


def _session_mark(container: Container, path: str, key: str) -> Mark:
    """Return the mark that holds the session's key, if the gateway's file has it in clear."""
    mark = Mark(path, key)
    with suppress(PollTimeoutError):
        until(lambda: present(container, [mark]), seconds=_WRITTEN, what="the session is written")
        return mark
    return Mark(path, "")


def _places(container: Container, sources: Sources) -> dict[str, list[str]]:
    """Return where each kind is; what no program has made yet, where its program would.

    br and ck keep their state in the directory that they are called in.
    """
    judge = _Judge(container, sources)
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for line in exec_in(container, "sh", "-c", _FIND, "sh", *KINDS).stdout.splitlines():
        kind, _, path = line.partition(" ")
        if judge.may_be_state(PurePosixPath(path)):
            found[kind].append(path)
    here = container.attrs["Config"]["WorkingDir"]
    return {kind: places or [f"{here}/{kind}"] for kind, places in found.items()}


@dataclass(frozen=True)
class _Judge:
    """Tells the directories that state may be in from those of code that are called alike."""

    container: Container
    sources: Sources

    @cached_property
    def mounts(self) -> list[Mounted]:
        return mounts_of(self.container)

    @cached_property
    def written(self) -> list[PurePosixPath]:
        """What was made or changed in the container since it was made of its image."""
        return [PurePosixPath(str(it["Path"])) for it in self.container.diff() or ()]

    def may_be_state(self, place: PurePosixPath) -> bool:
        mount = holding(self.mounts, place)
        if mount is None:
            return not self._came_with_image(place)
        return mount.writable and not self.sources.are_at(mount.on_host(place))

    def _came_with_image(self, place: PurePosixPath) -> bool:
        """Whether a directory holds files, and nothing has ever been written there."""
        if any(it.is_relative_to(place) for it in self.written):
            return False
        return exec_in(self.container, "sh", "-c", _HOLDS_FILES, "sh", str(place)).ok
