"""Find a Docker engine that answers."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.engine import clients
from harness.engine.daemon import Daemon
from harness.engine.model import Engine
from harness.engine.ping import Address, Answer, Silence, ask
from harness.errors import EngineError

__all__ = ["Located", "find", "locate"]

_DEFAULT = "default"
_ADVICE = {
    Silence.DENIED: "add yourself to its group: `sudo usermod -aG docker $USER`, then log in again",
    Silence.REFUSED: "choose another one: `docker context use default`, or DOCKER_HOST",
    Silence.HUNG: "restart that engine",
}


@dataclass(frozen=True)
class Located:
    """An engine that answered, and where."""

    address: Address
    answer: Answer

    @property
    def own(self) -> bool:
        """Whether it is the harness's."""
        return self.address.host == Daemon.own().host


def find() -> Engine | None:
    """Return the first engine that answers, with a client program that fits, or None.

    Raises:
        EngineError: See `locate`; or there is no docker program with compose and buildx, and none
            is to be had here.
    """
    located = locate()
    if located is None:
        return None
    program, variables = clients.prepare()
    return Engine(
        host=located.address.host,
        origin=located.address.origin,
        version=located.answer.version,
        program=program,
        variables={**variables, **located.address.variables},
        rootless=located.answer.rootless,
        own=located.own,
    )


def locate() -> Located | None:
    """Return the first engine that answers, or None.

    DOCKER_HOST, DOCKER_CONTEXT, the current docker context, the usual sockets, the harness's own.
    A `docker` program without an engine behind it is common, and counts for nothing.

    Raises:
        EngineError: DOCKER_HOST or DOCKER_CONTEXT names an engine that does not answer; or one of
            the others is there, but hangs or may not be used by this user.
    """
    chosen = _chosen()
    if chosen:
        return _ask_chosen(*chosen)
    silent = []
    for address in _places():
        answer = ask(address)
        if isinstance(answer, Answer):
            return Located(address, answer)
        if answer is not Silence.ABSENT:
            silent.append((address, answer))
    if silent:
        address, reason = silent[0]
        raise EngineError(
            f"the Docker engine at {address.host} ({address.origin}) cannot be used: "
            f"{reason.value}",
            _ADVICE[reason],
        )
    return None


def _chosen() -> tuple[str, Address] | None:
    """Return the variable by which the user chose an engine, and that engine's address."""
    host = os.environ.get("DOCKER_HOST")
    if host:
        verify = bool(os.environ.get("DOCKER_TLS_VERIFY"))
        place = os.environ.get("DOCKER_CERT_PATH") or Path.home() / ".docker"
        return "DOCKER_HOST", Address(host, "DOCKER_HOST", Path(place) if verify else None)
    name = os.environ.get("DOCKER_CONTEXT")
    if not name or name == _DEFAULT:
        return None
    address = _context(name)
    if address is None:
        raise EngineError(f"DOCKER_CONTEXT is {name}, and there is no such context", "unset it")
    return "DOCKER_CONTEXT", address


def _ask_chosen(variable: str, address: Address) -> Located | None:
    answer = ask(address)
    if isinstance(answer, Answer):
        return Located(address, answer)
    if address.host == Daemon.own().host:
        return None  # set by `harness engine env`, and the engine was stopped since
    raise EngineError(
        f"{variable} names {address.host}, and no engine answers: {answer.value}",
        f"{'start that engine' if answer is Silence.ABSENT else 'mend it'}, or unset {variable}",
    )


def _places() -> Iterator[Address]:
    # The default one is this machine's engine, whichever context is the current one.
    current = None if os.environ.get("DOCKER_CONTEXT") == _DEFAULT else _current_context()
    context = _context(current) if current else None
    if context:
        yield context
    for name, path in _sockets():
        yield Address(f"unix://{path}", name)
    yield Address(Daemon.own().host, "started by the harness")


def _sockets() -> list[tuple[str, Path]]:
    home = Path.home()
    run = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    colima = Path(os.environ.get("COLIMA_HOME") or home / ".colima")
    return [
        ("the system's", Path("/var/run/docker.sock")),
        ("rootless Docker", run / "docker.sock"),
        ("Docker Desktop", home / ".docker/run/docker.sock"),
        ("Docker Desktop", home / ".docker/desktop/docker.sock"),
        ("OrbStack", home / ".orbstack/run/docker.sock"),
        ("Colima", colima / "default/docker.sock"),
        ("Colima", home / ".config/colima/default/docker.sock"),
        ("Rancher Desktop", home / ".rd/docker.sock"),
        ("rootless Podman", run / "podman/podman.sock"),
        ("Podman", home / ".local/share/containers/podman/machine/podman.sock"),
        ("Podman", Path("/run/podman/podman.sock")),
    ]


def _current_context() -> str:
    name = str(_json(clients.user_config() / "config.json").get("currentContext", ""))
    return "" if name == _DEFAULT else name


def _context(name: str) -> Address | None:
    """Read a docker context from where the docker program keeps it."""
    place = clients.user_config() / "contexts"
    key = hashlib.sha256(name.encode()).hexdigest()
    endpoint = _json(place / "meta" / key / "meta.json").get("Endpoints", {}).get("docker", {})
    if not endpoint.get("Host"):
        return None
    certificates = place / "tls" / key / "docker"
    has_tls = (certificates / "cert.pem").exists()
    return Address(endpoint["Host"], f"context {name}", certificates if has_tls else None)


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
