"""Which two ports of 127.0.0.1 a checkout's stack is published on."""

import json
import shlex
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from harness import names
from harness.docker.elsewhere import forwarded
from harness.engine.model import Engine
from harness.errors import PortError
from harness.locks import locked
from harness.paths import cache_dir
from harness.project import Project
from harness.remote import NEAR

__all__ = [
    "OTHERS",
    "PortPair",
    "any_free",
    "blocked",
    "find",
    "free_port",
    "inspector",
    "refuse_strangers",
    "remembered",
    "reserve",
]

_CHOOSE = "choose others with `harness dev --ports HEALTH,GATEWAY`"
OTHERS = f"stop that, or {_CHOOSE}"
"""What to do about a port that something else holds."""

_MEMORY = "ports.json"
_PAIRS_TRIED = 100
_LAST_PORT = 65535
_ANSWER_SECONDS = 1
_LEADS = NEAR.parts[-3:]
"""How the path ends of what leads ports to an engine elsewhere, in whichever clone."""

_INSPECTOR_MEMORY, _INSPECTOR = "inspector.json", 9229


class PortPair(NamedTuple):
    """The ports on 127.0.0.1 behind which a stack answers."""

    health: int
    gateway: int

    @property
    def is_possible(self) -> bool:
        """Whether there are such ports, and two of them."""
        return self.health != self.gateway and all(1 <= port <= _LAST_PORT for port in self)


class _Holder(NamedTuple):
    """Who listens on a port: one of our stacks, or something else."""

    checkout: str | None
    text: str

    @property
    def error(self) -> PortError:
        """What to tell somebody who has chosen this port."""
        if self.checkout is None:
            return PortError(self.text, OTHERS)
        stop = f"stop that with `harness down --project {shlex.quote(self.checkout)}`"
        return PortError(f"{self.text}, for the checkout {self.checkout}", f"{stop}, or {_CHOOSE}")


@contextmanager
def reserve(project: Project, engine: Engine, chosen: PortPair | None = None) -> Iterator[PortPair]:
    """Hold a pair for the checkout until its stack is up; the choice is remembered.

    Which one it is, `find` says.

    Raises:
        PortError: See `find`; what is remembered stays.
    """
    with locked(cache_dir() / "ports.lock"):
        pair = find(project, engine, chosen)
        _remember(project, pair)
        yield pair


def find(project: Project, engine: Engine, chosen: PortPair | None = None) -> PortPair:
    """Return the pair that the checkout would get now; nothing is held or remembered.

    It is the one that was `chosen`, or nothing. Without a choice it is the pair that was used
    before, else the one in harness.toml; where another checkout's stack holds that, it is the next
    free pair.

    Raises:
        PortError: A port that was chosen is another's, or something that is no stack listens on
            one of the ports.
    """
    if chosen is None:
        return _next_free(project, engine, remembered(project))
    for port in chosen:
        holder = _holder(engine, port)
        if holder and holder.checkout != str(project.root):
            raise holder.error
    return chosen


@contextmanager
def any_free() -> Iterator[PortPair]:
    """Hold any two free ports while an acceptance stack starts."""
    with locked(cache_dir() / "ports.lock"), socket.socket() as first, socket.socket() as second:
        for probe in (first, second):
            probe.bind(("127.0.0.1", 0))
        pair = PortPair(first.getsockname()[1], second.getsockname()[1])
        first.close()
        second.close()
        yield pair


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def inspector(project: Project, engine: Engine) -> int:
    """Return the port for a debugger: the one it had before, else 9229, or the next free one.

    Debuggers look for 9229 first, and so it is often taken. The choice is remembered.

    Raises:
        PortError: There is no free one.
    """
    memory = project.state_dir / _INSPECTOR_MEMORY
    first = _INSPECTOR
    with suppress(FileNotFoundError, ValueError, TypeError):
        first = int(json.loads(memory.read_text(encoding="utf-8")))
    for port in range(first, min(first + _PAIRS_TRIED, _LAST_PORT + 1)):
        holder = _holder(engine, port)
        if holder is None or holder.checkout == str(project.root):
            memory.write_text(f"{port}\n", encoding="utf-8")
            return port
    raise PortError(f"no free port for a debugger from {first} on")


def blocked(project: Project, engine: Engine | None) -> list[str]:
    """Say what holds the checkout's ports, other than a checkout's stack, which gives way."""
    holders = [_holder(engine, port) for port in remembered(project)]
    return [holder.text for holder in holders if holder and holder.checkout is None]


def refuse_strangers(project: Project, taken: Iterable[int]) -> None:
    """Make sure that these ports are held by nobody but other commands on the same checkout.

    Raises:
        PortError: One is not, or only root may listen there.
    """
    for port in taken:
        holder = _holder(None, port)
        if holder and holder.checkout != str(project.root):
            raise holder.error
        if holder is None and isinstance(_refusal(port), PermissionError):
            raise PortError(f"port {port} may be listened on by root alone", _CHOOSE)


def _next_free(project: Project, engine: Engine, wanted: PortPair) -> PortPair:
    for offset in range(_PAIRS_TRIED):
        pair = PortPair(wanted.health + offset, wanted.gateway + offset)
        if not pair.is_possible:
            break
        holders = [holder for port in pair if (holder := _holder(engine, port))]
        foreign = [holder for holder in holders if holder.checkout is None]
        if all(holder.checkout == str(project.root) for holder in holders):
            return pair
        if foreign and offset == 0:
            raise foreign[0].error
    raise PortError(f"no free pair of ports from {wanted.health} and {wanted.gateway} on")


def _holder(engine: Engine | None, port: int) -> _Holder | None:
    if _is_free(port):
        return _promised(engine, port) if engine else None
    # A port that is led elsewhere is held here by what leads it, which may be another clone's.
    found = (_container_on(engine, port) or _promised(engine, port)) if engine else None
    return found or _process_on(port)


def _is_free(port: int) -> bool:
    refusal = _refusal(port)
    if isinstance(refusal, PermissionError):  # a low one, which is the engine's to take
        return not _is_answered(port)
    return refusal is None


def _refusal(port: int) -> OSError | None:
    """Return why nobody of ours can listen on a port."""
    with socket.socket() as probe:
        # As the engine does it: a connection that is just closing does not block a new listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error
    return None


def _is_answered(port: int) -> bool:
    """Whether anybody listens on a port that only root may try to take."""
    with socket.socket() as probe:
        probe.settimeout(_ANSWER_SECONDS)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _container_on(engine: Engine, port: int) -> _Holder | None:
    for container in engine.client.containers.list(ignore_removed=True):
        if port in _published(container.attrs):
            checkout = container.labels.get(names.CHECKOUT)
            return _Holder(checkout, f"port {port} is held by the container {container.name}")
    return None


def _promised(engine: Engine, port: int) -> _Holder | None:
    """Return the stack that this port leads to while somebody is attached to it."""
    label = f"{names.HOST}={socket.gethostname()}"
    for container in engine.client.containers.list(filters={"label": label}, ignore_removed=True):
        if port in forwarded(container.labels):
            text = f"port {port} is led to the container {container.name}"
            return _Holder(container.labels.get(names.CHECKOUT), text)
    return None


def _published(attributes: dict[str, Any]) -> set[int]:
    bindings = attributes["NetworkSettings"]["Ports"] or {}
    return {int(entry["HostPort"]) for entries in bindings.values() for entry in entries or []}


def _process_on(port: int) -> _Holder:
    with suppress(psutil.AccessDenied):
        for connection in psutil.net_connections("tcp"):
            local = connection.laddr
            listens = connection.status == psutil.CONN_LISTEN and local and local.port == port
            if listens and connection.pid:
                with suppress(psutil.NoSuchProcess):
                    return _describe(port, psutil.Process(connection.pid))
    return _Holder(None, f"port {port} is held by a process of another user")


def _describe(port: int, process: psutil.Process) -> _Holder:
    command = process.cmdline()
    leads = any(Path(word).parts[-len(_LEADS) :] == _LEADS for word in command)
    checkout = command[-1] if leads else None
    return _Holder(checkout, f"port {port} is held by {process.name()} (pid {process.pid})")


def remembered(project: Project) -> PortPair:
    """Return the pair that the checkout used last, else the one in its harness.toml."""
    with suppress(FileNotFoundError, ValueError, TypeError):
        pair = PortPair(**json.loads((project.state_dir / _MEMORY).read_text(encoding="utf-8")))
        if pair.is_possible:
            return pair
    return PortPair(project.config.ports.health, project.config.ports.gateway)


def _remember(project: Project, pair: PortPair) -> None:
    path = project.state_dir / _MEMORY
    path.write_text(json.dumps(pair._asdict()) + "\n", encoding="utf-8")
