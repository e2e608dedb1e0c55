"""A harness that has loaded its modules already, and becomes one command after the other.

Loading takes a second of a processor, which is more than most commands take afterwards. Where many
are called, each is still a process of its own, with its own directory, variables, output and end;
only it begins as a copy of one that has loaded everything.
"""

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from harness import audit, process
from harness.errors import ToolError
from harness.poll import PollTimeoutError, until
from harness.process import Completed
from harness.scratch import scratch

__all__ = ["Loaded", "loaded", "main"]

_LOADS = 120.0
# Not by -m: a command's name for itself would be that of this module.
_START = (sys.executable, "-P", "-c", f"from {__name__} import main; main()")


class Loaded:
    """A harness that waits for commands; `loaded` starts it.

    Attributes:
        socket: Where it takes them; the command line of each process of its names that.
    """

    def __init__(self, place: Path) -> None:
        self.socket = place / "socket"

    def run(
        self, words: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
    ) -> Completed:
        """Run a command of the harness to its end and return what it printed.

        Args:
            words: Its words, `harness` left out.
            cwd: The directory to run in.
            env: All of its variables.
            timeout: Seconds after which it is killed, with its process group.

        Raises:
            ToolError: It was killed, or could not be begun.
        """
        with scratch("call") as place:
            outputs = [place / it for it in ("stdout", "stderr")]
            order: dict[str, Any] = {"words": ["harness", *words], "directory": str(cwd)}
            order |= {"variables": dict(env), "outputs": [str(it) for it in outputs]}
            order |= {"seconds": timeout}
            status = self._order(order)
            printed = [it.read_text(encoding="utf-8", errors="replace") for it in outputs]
        if status < 0:
            raise ToolError(f"harness {' '.join(words)}: killed by signal {-status}")
        return Completed(status, *printed)

    def _order(self, order: Mapping[str, Any]) -> int:
        try:
            with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rw") as line:
                connection.connect(str(self.socket))
                line.write(f"{json.dumps(order)}\n")
                line.flush()
                return int(line.readline())
        except (OSError, ValueError) as error:
            raise ToolError(f"the loaded harness does not answer: {error}") from error


@contextmanager
def loaded() -> Iterator[Loaded]:
    """Start one, and end it with the block; commands that are under way then go on.

    Raises:
        ToolError: It does not come up.
    """
    with scratch("loaded") as place:
        found = Loaded(place)
        log = place / "log"
        with process.running([*_START, found.socket], log=log):
            try:
                until(found.socket.exists, seconds=_LOADS, what="the harness is loaded")
            except PollTimeoutError as error:
                said = log.read_text(encoding="utf-8", errors="replace").strip()
                raise ToolError(f"{error}", output=said) from error
            yield found


def main() -> None:
    """Take orders until it is ended; each becomes a process that goes on as the command."""
    from harness.cli import load_all, main as command  # noqa: PLC0415 -- this is what takes its time

    load_all()
    audit.install()
    _become(_next_order(Path(sys.argv[1])))
    command()


def _next_order(path: Path) -> dict[str, Any]:
    """Return in a process of its own for each order; the first process never does."""
    with socket.socket(socket.AF_UNIX) as listener:
        # It is there once somebody listens.
        listener.bind(f"{path}.draft")
        listener.listen()
        Path(f"{path}.draft").rename(path)
        # Nobody here waits for those who attend to an order.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    listener.close()
                    return _attend(connection)


def _attend(connection: socket.socket) -> dict[str, Any]:
    """Return the order in a child; tell how that ended, and end too."""
    with connection.makefile("rw") as line:
        order: dict[str, Any] = json.loads(line.readline())
        child = os.fork()
        if child == 0:
            return order
        signal.signal(signal.SIGALRM, lambda *_: _kill(child))
        signal.setitimer(signal.ITIMER_REAL, order["seconds"])
        line.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
    os._exit(0)


def _kill(child: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)


def _become(order: Mapping[str, Any]) -> None:
    """Give this process all that a shell gives a command."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in enumerate(order["outputs"], 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    os.chdir(order["directory"])
    os.environ.clear()
    os.environ.update(order["variables"])
    sys.argv = list(order["words"])
