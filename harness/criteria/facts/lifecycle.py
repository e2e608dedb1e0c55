"""The life of an environment from `make dev` to `make dev-clean`, in a checkout of its own."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness import envfile
from harness.criteria.facts.bystander import Bystander, bystander
from harness.criteria.facts.canary import Canaries, plant
from harness.criteria.facts.checkout import changed_files, fresh_copy, snapshot
from harness.criteria.facts.command_lines import watched
from harness.criteria.facts.dev_call import DevCalls, dev_calls
from harness.criteria.facts.developer import Developer
from harness.criteria.facts.footprint import Footprint
from harness.criteria.facts.model import Facts
from harness.criteria.facts.sources import Sources
from harness.criteria.facts.state import (
    Mark,
    Marks,
    forget,
    make_state,
    present,
    state_directories,
)
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
        changed: The files of the checkout that it changed or removed, the state's own apart.
        kept_env: Whether `.env.local` is still there.
        took: What it removed of another project.
        again: The call of `make dev` after it.
        survived: The kinds of state that were there then; None where nothing was up.
    """

    status: int | None
    containers: int
    volumes: tuple[str, ...]
    state_on_host: tuple[str, ...]
    changed: tuple[str, ...]
    kept_env: bool
    took: tuple[str, ...]
    again: Up
    survived: tuple[str, ...] | None


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
    with fresh_copy(project) as copy, bystander(engine) as other:
        canaries = plant(copy)
        developer, footprint = Developer(copy, engine), Footprint(copy, engine)
        try:
            with watched() as lines, dev_calls(developer, footprint.is_healthy) as calls:
                life = _Life(developer, footprint, calls, Sources.of(project, copy.root))
                stages = life.live(other)
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


class _Life:
    def __init__(
        self, developer: Developer, footprint: Footprint, calls: DevCalls, sources: Sources
    ) -> None:
        self.developer = developer
        self.footprint = footprint
        self.calls = calls
        self.sources = sources
        self.said: list[str] = []
        self.made: dict[str, str] = {}
        self.env_mode: int | None = None

    def live(self, other: Bystander) -> dict[str, Any]:
        first = self._up(_FIRST)
        self._note_credentials()
        if not first.healthy:
            return {"first": first}
        second = self._up(_AGAIN)
        marks = make_state(self.footprint, self.sources)
        down = self._down(marks)
        clean = self._clean(marks, other)
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

    def _last_lines(self, text: str) -> tuple[str, ...]:
        root = str(self.footprint.project.root)
        lines = [line.replace(root, ".") for line in text.splitlines() if line.strip()]
        return tuple(lines[-_LINES:])

    def _down(self, marks: Marks) -> Down:
        ports = self.footprint.host_ports()
        assert self.footprint.name  # noqa: S101 -- remembered while the containers are there
        status = self._make("dev-down")
        left = len(self.footprint.containers())
        networks = len(self.footprint.networks())
        still_open = tuple(inner for inner, outer in ports.items() if Footprint.is_open(outer))
        self._up(_AGAIN)
        container = self.footprint.container()
        return Down(
            status=status,
            containers=left,
            networks=networks,
            ports=still_open,
            kept={kind: present(container, it) == it for kind, it in marks.items()},
        )

    def _clean(self, marks: Marks, other: Bystander) -> Clean:
        root, state = self.footprint.project.root, self._state_directories(marks)
        before = snapshot(root)
        status = self._make("dev-clean")
        after = snapshot(root)
        left = [it for it in after if it not in self.sources.names]
        changed = changed_files(before, after)
        return Clean(
            status=status,
            containers=len(self.footprint.containers()),
            volumes=tuple(self.footprint.volumes()),
            state_on_host=tuple(kind for kind, it in marks.items() if _are_among(left, it)),
            changed=tuple(it for it in changed if not self._is_state(it, marks, state)),
            kept_env=_ENV_FILE not in before or _ENV_FILE in after,
            took=other.lost(),
            # Wherever the state is, one that is left comes back with the environment.
            again=self._up(_AGAIN),
            survived=self._survived(marks),
        )

    def _state_directories(self, marks: Marks) -> list[Path]:
        container = self.footprint.container()
        return state_directories(container, marks, self.sources) if container else []

    def _is_state(self, file: str, marks: Marks, state: Sequence[Path]) -> bool:
        """Whether a file was the environment's own: no source, and it lay with the state."""
        if file in self.sources.names:
            return False
        held = any(Path(file).is_relative_to(it) for it in state)
        return held or any(_are_among([file], it) for it in marks.values())

    def _survived(self, marks: Marks) -> tuple[str, ...] | None:
        container = self.footprint.container()
        if container is None:
            return None
        # The gateway makes its file anew, so only what it holds can tell.
        telling = {kind: [mark for mark in it if mark.text] for kind, it in marks.items()}
        found = {kind: present(container, it) for kind, it in telling.items()}
        forget(container, [mark for it in found.values() for mark in it])
        return tuple(kind for kind, it in found.items() if it)


def _are_among(files: Iterable[str], marks: Sequence[Mark]) -> bool:
    names = {it.path.rpartition("/")[2] for it in marks}
    return any(file.rpartition("/")[2] in names for file in files)
