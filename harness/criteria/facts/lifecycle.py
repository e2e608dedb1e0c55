"""The life of an environment from `make dev` to `make dev-clean`, in a checkout of its own."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from docker.errors import NotFound
from docker.models.volumes import Volume

from harness import envfile, names
from harness.criteria.facts.canary import Canaries, plant
from harness.criteria.facts.checkout import changed_files, fresh_copy, snapshot
from harness.criteria.facts.command_lines import watched
from harness.criteria.facts.dev_call import DevCalls, dev_calls
from harness.criteria.facts.developer import Developer
from harness.criteria.facts.footprint import Footprint
from harness.criteria.facts.model import Facts
from harness.criteria.facts.state import is_there, make_state
from harness.engine.model import Engine
from harness.errors import ToolError
from harness.project import Project

__all__ = ["Clean", "Down", "LifecycleFacts", "Up", "observe"]

_FIRST, _AGAIN = 600.0, 120.0
_LINES = 5
_ENV_FILE = envfile.FILE_NAME


class Up(Facts):
    """One call of `make dev`.

    Attributes:
        status: Its exit status; None where it had not ended: it stays, or took too long.
        seconds: How long it took; until port 3000 said that the gateway serves, where it stays.
        healthy: Whether port 3000 then said that the gateway serves.
        same: Whether the container was the one that had been there before.
        said: The last lines that it printed.
    """

    status: int | None
    seconds: float
    healthy: bool
    same: bool
    said: tuple[str, ...]


class Down(Facts):
    """`make dev-down`.

    Attributes:
        status: Its exit status; None where it did not end in time.
        containers: How many containers of the project were left.
        networks: How many networks.
        ports: The ports that were still open.
        kept: Whether each kind of state was there when the environment was up again.
    """

    status: int | None
    containers: int
    networks: int
    ports: tuple[int, ...]
    kept: dict[str, bool]


class Clean(Facts):
    """`make dev-clean`.

    Attributes:
        status: Its exit status; None where it did not end in time.
        containers: How many containers of the project were left.
        volumes: The volumes of the project that were left.
        state_on_host: The kinds of state that were left in the checkout.
        changed: The files of the checkout that it changed or removed.
        kept_env: Whether `.env.local` is still there.
        took_others: Whether another project's volume is gone.
    """

    status: int | None
    containers: int
    volumes: tuple[str, ...]
    state_on_host: tuple[str, ...]
    changed: tuple[str, ...]
    kept_env: bool
    took_others: bool


class LifecycleFacts(Facts):
    """The whole life, with made-up values for the credentials that are not made by it.

    Attributes:
        env_mode: The mode of the `.env.local` that the first call made; None where it made none.
        told: The credentials that the commands printed.
        shown: Those that a process's command line held meanwhile.
        first: The first call, in a clean checkout.
        second: The second; None where the first brought nothing up.
        made: The kinds of state that could be made in the container.
        down: None where nothing was up.
        clean: The same.
    """

    env_mode: int | None
    told: tuple[str, ...]
    shown: tuple[str, ...]
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
        canaries = plant(copy)
        developer, footprint = Developer(copy, engine), Footprint(copy, engine)
        try:
            with watched() as lines, dev_calls(developer, footprint.is_healthy) as calls:
                life = _Life(developer, footprint, calls, other)
                stages = life.live()
                life.said.append(calls.printed())
        finally:
            footprint.remove()
        canaries |= Canaries(life.made)
        return LifecycleFacts(
            env_mode=life.env_mode,
            told=canaries.seen_in("".join(life.said)),
            shown=canaries.seen_in(b"\n".join(lines)),
            **stages,
        )


@contextmanager
def _volume_of_another_project(engine: Engine) -> Iterator[Volume]:
    name = f"bystander-{uuid.uuid4().hex[:8]}"
    labels = {names.COMPOSE_PROJECT: name, **names.of_run()}
    volume = engine.client.volumes.create(name, labels=labels)
    try:
        yield volume
    finally:
        with suppress(NotFound):
            volume.remove()


class _Life:
    def __init__(
        self, developer: Developer, footprint: Footprint, calls: DevCalls, other: Volume
    ) -> None:
        self.developer = developer
        self.footprint = footprint
        self.calls = calls
        self.other = other
        self.said: list[str] = []
        self.made: dict[str, str] = {}
        self.env_mode: int | None = None

    def live(self) -> dict[str, Any]:
        first = self._up(_FIRST)
        self._note_credentials()
        if not first.healthy:
            return {"first": first}
        second = self._up(_AGAIN)
        marks = make_state(self.footprint)
        down = self._down(marks)
        clean = self._clean(marks)
        return {
            "first": first,
            "second": second,
            "made": tuple(marks),
            "down": down,
            "clean": clean,
        }

    def _note_credentials(self) -> None:
        path = self.developer.project.root / _ENV_FILE
        if path.is_file():
            self.env_mode = path.stat().st_mode & 0o777
            self.made = envfile.secrets_of(self.developer.project.root)

    def _make(self, target: str) -> int | None:
        """Call a target that is to end, and return its exit status; None if it does not."""
        command = self.developer.make(target)
        try:
            done = self.developer.run(command, seconds=_AGAIN)
        except ToolError:
            return None
        self.said += [done.stdout, done.stderr]
        return done.status

    def _up(self, patience: float) -> Up:
        before = self._identity()
        call = self.calls.call(seconds=patience)
        return Up(
            status=call.status,
            seconds=round(call.seconds, 1),
            healthy=self.footprint.is_healthy(),
            same=before is not None and before == self._identity(),
            said=self._last_lines(call.printed),
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

    def _down(self, marks: Mapping[str, Sequence[str]]) -> Down:
        ports = self.footprint.host_ports()
        assert self.footprint.name  # noqa: S101 -- remembered while the containers are there
        status = self._make("dev-down")
        left = len(self.footprint.containers())
        networks = len(self.footprint.networks())
        still_open = tuple(inner for inner, outer in ports.items() if Footprint.is_open(outer))
        self._up(_AGAIN)
        return Down(
            status=status,
            containers=left,
            networks=networks,
            ports=still_open,
            kept={kind: is_there(self.footprint, paths) for kind, paths in marks.items()},
        )

    def _clean(self, marks: Mapping[str, Sequence[str]]) -> Clean:
        root = self.footprint.project.root
        before = snapshot(root)
        status = self._make("dev-clean")
        after = snapshot(root)
        return Clean(
            status=status,
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
