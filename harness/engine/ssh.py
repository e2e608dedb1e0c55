"""An engine behind ssh://, as a socket on this machine.

The SDK's own way imports a third of a second's worth of cryptography into every command, and then
starts the ssh program all the same.
"""

import atexit
import shlex
import shutil
import socket
from contextlib import suppress
from functools import cache
from threading import Thread
from urllib.parse import urlsplit

from harness import process, scratch

__all__ = ["SCHEME", "local_address"]

SCHEME = "ssh://"
_CONNECT_SECONDS = 10


@cache
def local_address(host: str) -> str:
    """Return a `unix://` address whose connections end at an engine behind `ssh://`.

    Each one is led by an ssh program, which has to get in without asking for anything.

    Raises:
        ValueError: It is no such address.
    """
    command = _command(host)
    directory = scratch.make("ssh")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(directory / "docker.sock"))
    server.listen()
    Thread(target=_lead, args=(server, command), name="ssh", daemon=True).start()
    return f"unix://{directory}/docker.sock"


def _command(host: str) -> list[str]:
    """Return what docker's own client would start."""
    parts = urlsplit(host)
    if not parts.hostname:
        raise ValueError(f"{host} names no machine")
    user = ["-l", parts.username] if parts.username else []
    port = ["-p", str(parts.port)] if parts.port else []
    path = parts.path.rstrip("/")
    docker = ["docker", *(["--host", f"unix://{path}"] if path else []), "system", "dial-stdio"]
    options = ["-o", f"ConnectTimeout={_CONNECT_SECONDS}", "-T", *user, *port]
    return ["ssh", *options, "--", parts.hostname, shlex.join(docker)]


def _lead(server: socket.socket, command: list[str]) -> None:
    with server, suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection:
                process.hand_over(command, connection)
