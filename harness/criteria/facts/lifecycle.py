"""The life of an environment from `make dev` to `make dev-clean`, in a checkout of its own."""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from docker.errors import NotFound
from docker.models.containers import Container
from docker.models.volumes import Volume

from harness import names
from harness.criteria.facts.checkout import changed_files, fresh_copy, snapshot
from harness.criteria.facts.developer import Developer
from harness.criteria.facts.footprint import Footprint
from harness.criteria.facts.gateway import GatewayError, open_gateway
from harness.criteria.facts.model import Facts
from harness.criteria.facts.one_off import exec_in
from harness.criteria.facts.port import GATEWAY_PORT
from harness.engine.model import Engine
from harness.owner import Owner
from harness.project import Project

__all__ = ["Clean", "Down", "LifecycleFacts", "Up", "observe"]

_FIRST, _AGAIN = 600.0, 120.0
_LINES = 5
_ENV_FILE = ".env.local"

# Where each kind of state is, wherever the app puts it. What no program has made yet is made where
# its program would: br and ck in the directory that they are called in.
_PLACES = """
skip='-path /proc -o -path /sys -o -path /dev -o -path /usr -o -name node_modules'
for name in wal .beads .ckindex; do
  find / \\( $skip \\) -prune -o -type d -iname "$name" -print 2>/dev/null | sed "s|^|$name |"
done
"""
_STATE = ("wal", ".beads", ".ckindex")


class Up(Facts):
    """One call of `make dev`.

    Attributes:
        status: Its exit status.
        seconds: How long it took.
        healthy: Whether port 3000 then said that the gateway serves.
        same: Whether the container was the one that had been there before.
        said: The last lines that it printed.
    """

    status: int
    seconds: float
    healthy: bool
    same: bool
    said: tuple[str, ...]


class Down(Facts):
    """`make dev-down`.

    Attributes:
        status: Its exit status.
        containers: How many containers of the project were left.
        networks: How many networks.
        ports: The ports that were still open.
        kept: Whether each kind of state was there when the environment was up again.
    """

    status: int
    containers: int
    networks: int
    ports: tuple[int, ...]
    kept: dict[str, bool]


class Clean(Facts):
    """`make dev-clean`.

    Attributes:
        status: Its exit status.
        containers: How many containers of the project were left.
        volumes: The volumes of the project that were left.
        state_on_host: The kinds of state that were left in the checkout.
        changed: The files of the checkout that it changed or removed.
        kept_env: Whether `.env.local` is still there.
        took_others: Whether another project's volume is gone.
    """

    status: int
    containers: int
    volumes: tuple[str, ...]
    state_on_host: tuple[str, ...]
    changed: tuple[str, ...]
    kept_env: bool
    took_others: bool


class LifecycleFacts(Facts):
    """The whole life.

    Attributes:
        first: The first call, in a clean checkout.
        second: The second; None where the first brought nothing up.
        made: The kinds of state that could be made in the container.
        down: None where nothing was up.
        clean: The same.
    """

    first: Up
    second: Up | None = None
    made: tuple[str, ...] = ()
    down: Down | None = None
    clean: Clean | None = None


def observe(project: Project, engine: Engine) -> LifecycleFacts:
    """Live through it.

    Args:
        project: The checkout, which is copied.
        engine: The engine to use.
    """
    with fresh_copy(project) as copy, _volume_of_another_project(engine) as other:
        life = _Life(copy, engine, other)
        try:
            return life.live()
        finally:
            life.footprint.remove()


@contextmanager
def _volume_of_another_project(engine: Engine) -> Iterator[Volume]:
    name = f"bystander-{uuid.uuid4().hex[:8]}"
    labels = {
        "com.docker.compose.project": name,
        names.KIND: "acceptance",
        names.OWNER: str(Owner.me()),
    }
    volume = engine.client.volumes.create(name, labels=labels)
    try:
        yield volume
    finally:
        with suppress(NotFound):
            volume.remove()


class _Life:
    def __init__(self, project: Project, engine: Engine, other: Volume) -> None:
        self.developer = Developer(project, engine)
        self.footprint = Footprint(project, engine)
        self.other = other

    def live(self) -> LifecycleFacts:
        first = self._up(_FIRST)
        if not first.healthy:
            return LifecycleFacts(first=first)
        second = self._up(_AGAIN)
        marks = self._make_state()
        down = self._down(marks)
        clean = self._clean(marks)
        return LifecycleFacts(first=first, second=second, made=tuple(marks), down=down, clean=clean)

    def _up(self, patience: float) -> Up:
        before, started = self._identity(), time.monotonic()
        done = self.developer.run(self.developer.make("dev"), seconds=patience)
        return Up(
            status=done.status,
            seconds=round(time.monotonic() - started, 1),
            healthy=self.footprint.is_healthy(),
            same=before is not None and before == self._identity(),
            said=self._last_lines(done.stdout + done.stderr),
        )

    def _identity(self) -> tuple[str, str] | None:
        container = self.footprint.container()
        if container is None:
            return None
        return str(container.id), str(container.attrs["State"]["StartedAt"])

    def _is_there_still(self, volume: Volume) -> bool:
        try:
            volume.reload()
        except NotFound:
            return False
        return True

    def _last_lines(self, text: str) -> tuple[str, ...]:
        root = str(self.footprint.project.root)
        lines = [line.replace(root, ".") for line in text.splitlines() if line.strip()]
        return tuple(lines[-_LINES:])

    def _make_state(self) -> dict[str, list[str]]:
        """Leave something in each kind of state, and return the paths in the container."""
        container = self.footprint.container()
        if container is None:
            return {}
        marks = {}
        for kind, places in self._places(container).items():
            paths = [f"{place}/probe-{uuid.uuid4().hex}" for place in places]
            script = 'for it in "$@"; do mkdir -p "${it%/*}" && echo x > "$it" || exit 1; done'
            if exec_in(container, "sh", "-c", script, "sh", *paths).ok:
                marks[kind] = paths
        session = self._make_session()
        return {**marks, "sessions": [session]} if session else marks

    def _make_session(self) -> str | None:
        """Let the gateway make a session, and return where it keeps it."""
        port = self.footprint.host_ports().get(GATEWAY_PORT)
        with suppress(GatewayError):
            if port:
                with open_gateway(self.developer.project, port) as gateway:
                    key = f"agent:main:probe-{uuid.uuid4().hex}"
                    return str(gateway.ask("sessions.patch", {"key": key})["path"])
        return None

    def _places(self, container: Container) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {kind: [] for kind in _STATE}
        for line in exec_in(container, "sh", "-c", _PLACES).stdout.splitlines():
            kind, _, path = line.partition(" ")
            found[kind].append(path)
        here = container.attrs["Config"]["WorkingDir"]
        return {kind: places or [f"{here}/{kind}"] for kind, places in found.items()}

    def _down(self, marks: Mapping[str, Sequence[str]]) -> Down:
        ports = self.footprint.host_ports()
        assert self.footprint.name  # noqa: S101 -- remembered while the containers are there
        done = self.developer.run(self.developer.make("dev-down"), seconds=_AGAIN)
        left = len(self.footprint.containers())
        networks = len(self.footprint.networks())
        still_open = tuple(inner for inner, outer in ports.items() if Footprint.is_open(outer))
        self._up(_AGAIN)
        return Down(
            status=done.status,
            containers=left,
            networks=networks,
            ports=still_open,
            kept={kind: self._is_there(paths) for kind, paths in marks.items()},
        )

    def _is_there(self, paths: Sequence[str]) -> bool:
        container = self.footprint.container()
        script = 'for it in "$@"; do [ -e "$it" ] || exit 1; done'
        return bool(container and exec_in(container, "sh", "-c", script, "sh", *paths).ok)

    def _clean(self, marks: Mapping[str, Sequence[str]]) -> Clean:
        root = self.footprint.project.root
        before = snapshot(root)
        done = self.developer.run(self.developer.make("dev-clean"), seconds=_AGAIN)
        after = snapshot(root)
        return Clean(
            status=done.status,
            containers=len(self.footprint.containers()),
            volumes=tuple(self.footprint.volumes()),
            state_on_host=tuple(kind for kind, paths in marks.items() if _on_host(after, paths)),
            changed=tuple(it for it in changed_files(before, after) if not _is_state(it, marks)),
            kept_env=_ENV_FILE not in before or _ENV_FILE in after,
            took_others=not self._is_there_still(self.other),
        )


def _on_host(files: Mapping[str, str], paths: Sequence[str]) -> bool:
    names = {path.rpartition("/")[2] for path in paths}
    return any(file.rpartition("/")[2] in names for file in files)


def _is_state(file: str, marks: Mapping[str, Sequence[str]]) -> bool:
    return any(_on_host({file: ""}, paths) for paths in marks.values())
