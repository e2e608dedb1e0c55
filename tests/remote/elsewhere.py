"""An engine that is elsewhere, as far as that can be had on one machine.

It runs in a network and mounts of its own, where the checkouts are hidden: it sees none of their
files, and nothing that it publishes can be reached from outside.

`python -m tests.remote.elsewhere DIRECTORY...` starts one of the harness's, hides these directories
from it, prints its socket's path, and stops it when standard input ends.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.engine import packages
from harness.engine.daemon import Daemon
from tests.engine.namespaces import cover, own_namespaces

__all__ = ["engine_elsewhere", "over_tcp"]


@contextmanager
def engine_elsewhere(home: Path, *hidden: Path) -> Iterator[Path]:
    """Run one; hand over its socket, which is the one thing of it that can be reached.

    Args:
        home: An empty directory for its programs and data; both are gone afterwards.
        hidden: Directories that it must not see.
    """
    shutil.copytree(packages.place(), home / "engine/packages", copy_function=os.link)
    words = [sys.executable, "-m", "tests.remote.elsewhere", *map(str, hidden)]
    environment = {**os.environ, "HARNESS_CACHE_DIR": str(home)}
    with subprocess.Popen(
        words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        path = child.stdout.readline().strip()
        assert path, "it does not start"
        yield Path(path)
        child.communicate()
    assert child.returncode == 0


@contextmanager
def over_tcp(path: Path) -> Iterator[str]:
    """Lead a port of 127.0.0.1 to a socket; yield it as DOCKER_HOST takes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, path), daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def _accept(server: socket.socket, path: Path) -> None:
    with suppress(OSError):  # no more after the end
        while True:
            near, _ = server.accept()
            threading.Thread(target=_lead, args=(near, path), daemon=True).start()


def _lead(near: socket.socket, path: Path) -> None:
    with near, socket.socket(socket.AF_UNIX) as far:
        far.connect(str(path))
        back = threading.Thread(target=_copy, args=(far, near), daemon=True)
        back.start()
        _copy(near, far)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copy until one side has said all; the other may go on."""
    with suppress(OSError):
        while chunk := source.recv(1 << 16):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def main(hidden: list[str]) -> None:
    engine = Daemon.own()
    with own_namespaces():
        for place in hidden:
            cover(Path(place))
        engine.start()
        try:
            running = engine.process()
            assert running is not None
            socket_there = engine.host.removeprefix("unix://")
            print(f"/proc/{running.pid}/root{socket_there}", flush=True)  # noqa: T201 -- read
            sys.stdin.read()
        finally:
            engine.stop(purge=True)


if __name__ == "__main__":
    main(sys.argv[1:])
