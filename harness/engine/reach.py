"""How near an engine is: whether it sees this machine's files, and this machine its ports.

Its address says neither. An engine on a Unix socket may run in a virtual machine that sees the home
directory only, or outside of the container that one works in; one behind TCP may share a directory.
So both are tried.
"""

import io
import json
import secrets
import socket
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import docker.errors
from docker.models.containers import Container
from docker.types import Mount

from harness import names
from harness.engine.model import Engine
from harness.errors import EngineError
from harness.poll import PollTimeoutError, until

__all__ = ["HERE", "Reach", "probe"]

_MEMORY = "reach.json"
_PLACE = "/run/harness"
_PORT = 3000
# It ends by itself, should nobody do it.
_LISTENER = """
const answer = (socket) => socket.on("error", () => {}).end(process.argv[1]);
require("node:net").createServer(answer).listen(3000, () => console.log("listening"));
setTimeout(() => process.exit(), 60_000);
"""
_START_SECONDS = 30
# Engines in a virtual machine notice a new port a little later.
_PORT_SECONDS = 5
_REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR}


@dataclass(frozen=True)
class Reach:
    """How near an engine is.

    Attributes:
        files: It sees this machine's files, so that they can be mounted.
        ports: What it publishes on 127.0.0.1 can be reached there.
    """

    files: bool = True
    ports: bool = True


HERE = Reach()
"""An engine on this machine, as most are."""


def probe(engine: Engine, directory: Path, image: str) -> Reach:
    """Find out by containers that are gone afterwards.

    The answer on ports is kept in the directory: where there is none, it takes seconds.

    Args:
        engine: The engine.
        directory: One of the checkout's that may be written to.
        image: An image on the engine, with Node in it.

    Raises:
        EngineError: The image does not run there.
        docker.errors.DockerException: The engine does not answer, or does not start the image.
    """
    if engine.own:
        return HERE
    files = _sees(engine, directory, image)
    # A container that one works in shares the directory with the machine around it, not its ports.
    place = {
        "engine": engine.client.info().get("ID", ""),
        "host": engine.host,
        "from": socket.gethostname(),
    }
    known = _recall(directory, place)
    ports = _publishes_here(engine, image) if known is None else known
    (directory / _MEMORY).write_text(json.dumps({**place, "ports": ports}), encoding="utf-8")
    return Reach(files, ports)


def _recall(directory: Path, place: dict[str, Any]) -> bool | None:
    with suppress(OSError, ValueError, TypeError):
        known = dict(json.loads((directory / _MEMORY).read_text(encoding="utf-8")))
        if known.items() >= place.items():
            return bool(known["ports"])
    return None


def _sees(engine: Engine, directory: Path, image: str) -> bool:
    """Whether a file that is made here is the same one there.

    The container is never started: its mounts can be read all the same.
    """
    marker = directory / f"seen-{secrets.token_hex(8)}"
    marker.write_text(marker.name, encoding="ascii")
    mount = Mount(_PLACE, str(directory), type="bind", read_only=True)
    try:
        with _container(engine, image, mounts=[mount]) as container:
            return _read(container, f"{_PLACE}/{marker.name}") == marker.name.encode()
    except docker.errors.APIError as error:
        if error.status_code not in _REFUSED:
            raise
        return False
    finally:
        marker.unlink()


def _read(container: Container, path: str) -> bytes:
    chunks, _ = container.get_archive(path)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        file = archive.extractfile(archive.getmembers()[0])
        return file.read() if file else b""


def _publishes_here(engine: Engine, image: str) -> bool:
    """Whether a connection to a published port ends in that very container."""
    secret = secrets.token_hex(8)
    ports = {f"{_PORT}/tcp": ("127.0.0.1", 0)}
    words = {"entrypoint": ["node"], "command": ["--eval", _LISTENER, secret]}
    with _container(engine, image, ports=ports, **words) as container:
        container.start()
        try:
            until(container.logs, seconds=_START_SECONDS, what="it says that it listens")
        except PollTimeoutError as error:
            problem = f"{image} is started on {engine.host}, and says nothing in {_START_SECONDS} s"
            raise EngineError(problem, "see `harness doctor`, then try again") from error
        container.reload()
        port = int(container.attrs["NetworkSettings"]["Ports"][f"{_PORT}/tcp"][0]["HostPort"])
        with suppress(PollTimeoutError):
            return until(
                lambda: _hear(port) == secret.encode(), seconds=_PORT_SECONDS, what="it answers"
            )
    return False


def _hear(port: int) -> bytes:
    with (
        suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=1) as connection,
    ):
        return connection.recv(64)
    return b""


@contextmanager
def _container(engine: Engine, image: str, **options: Any) -> Iterator[Container]:  # noqa: ANN401 -- the SDK's own
    made = engine.client.containers.create(image, labels=names.of_run(), **options)
    try:
        yield made
    finally:
        with suppress(docker.errors.NotFound):
            made.remove(force=True)
