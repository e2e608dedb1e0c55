"""Run outside programs: the only place that starts a child process and reads what it prints."""

import asyncio
import os
import socket
import subprocess
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from harness.ending import end, kill_family
from harness.errors import ToolError

__all__ = [
    "OF_A_REPOSITORY",
    "Beside",
    "Completed",
    "beside",
    "detach",
    "failure",
    "hand_over",
    "run",
    "running",
    "stream",
]

OF_A_REPOSITORY = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
"""Variables by which git has its hooks, `rebase --exec` and aliases work on the same repository.

No program gets them from here: a git of ours is told which directory is meant, maybe a copy.
"""

_KEPT_LINES = 40
_LONGEST_LINE = 1 << 20
_TIME_TO_END = 2.0
_handed_over: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Completed:
    """How a program ended, and what it printed."""

    status: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether the program said that it succeeded."""
        return self.status == 0


def run(  # noqa: PLR0913 -- one keyword per thing that a child process can be given
    command: Sequence[str | Path],
    *,
    what: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
    check: bool = True,
    inherit: bool = True,
) -> Completed:
    """Run a program to its end and return what it printed.

    Args:
        command: The program and its arguments; never a credential, which others could see.
        what: What is being tried, for the error message; the program's name if empty.
        env: Variables on top of this process's own.
        cwd: The directory to run in.
        stdin: Text to feed; the program otherwise reads nothing.
        timeout: Seconds after which the program is killed, with what it started and waits for.
        check: Raise if the program fails; otherwise the caller looks at the status.
        inherit: Whether it gets this process's own variables at all, credentials included.

    Raises:
        ToolError: The program cannot be started, took too long, or failed while `check` is set.
    """
    words = [str(word) for word in command]
    what = what or Path(words[0]).name
    try:
        child = subprocess.Popen(
            words,
            env=_environment(env) if inherit else dict(env or {}),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise _not_started(words[0], error, what) from error
    try:
        completed = _completed(child, stdin or "", timeout)
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{what}: no end after {timeout:.0f} s") from error
    if check and not completed.ok:
        raise failure(what, completed.status, completed.stderr or completed.stdout)
    return completed


def _completed(child: "subprocess.Popen[str]", stdin: str, timeout: float | None) -> Completed:
    with child:
        try:
            printed = child.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            kill_family(child)
            raise
        except BaseException:
            child.kill()
            raise
    return Completed(child.returncode, *printed)


def stream(
    command: Sequence[str | Path],
    on_line: Callable[[str], None],
    *,
    what: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run a program and hand over each line as it is printed, standard error included.

    A Ctrl-C reaches the program too; it is given the time to end by itself.

    Raises:
        ToolError: The program cannot be started, or failed; the error carries its last lines.
    """
    words = [str(word) for word in command]
    what = what or Path(words[0]).name
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    try:
        child = subprocess.Popen(
            words,
            env=_environment(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise _not_started(words[0], error, what) from error
    with child:
        assert child.stdout is not None  # noqa: S101 -- PIPE was asked for
        try:
            for line in child.stdout:
                kept.append(line.rstrip("\n"))
                on_line(kept[-1])
        except BaseException:
            child.terminate()
            raise
    if child.returncode != 0:
        raise failure(what, child.returncode, "\n".join(kept))


class Beside:
    """A program that runs beside this one; `beside` starts it."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child

    def tell(self, line: str) -> None:
        """Write a line to its standard input; nothing happens if it has ended."""
        assert self._child.stdin is not None  # noqa: S101 -- PIPE was asked for
        if not self._child.stdin.is_closing():
            self._child.stdin.write(f"{line}\n".encode())

    async def lines(self) -> AsyncIterator[str]:
        """Yield each line that it prints, standard error included, until it ends."""
        assert self._child.stdout is not None  # noqa: S101 -- PIPE was asked for
        while True:
            try:
                line = await self._child.stdout.readline()
            except ValueError:  # a line longer than anybody wants to read; the rest is read on
                continue
            if not line:
                return
            yield line.decode(errors="replace").rstrip("\r\n")


@asynccontextmanager
async def beside(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> AsyncIterator[Beside]:
    """Run a program beside this one, and end it when the block is left.

    Args:
        command: The program and its arguments; never a credential, which others could see.
        env: Variables on top of this process's own.
        cwd: The directory to run in.

    Raises:
        ToolError: The program cannot be started.
    """
    words = [str(word) for word in command]
    try:
        child = await asyncio.create_subprocess_exec(
            *words,
            env=_environment(env),
            cwd=cwd,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LONGEST_LINE,
        )
    except OSError as error:
        raise _not_started(words[0], error) from error
    try:
        yield Beside(child)
    finally:
        await _end(child)


async def _end(child: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), _TIME_TO_END)
    except TimeoutError:
        child.kill()
        await child.wait()


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    group: bool = False,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server beside this program, and end it when the block is left.

    Args:
        command: The program and its arguments; never a credential, which others could see.
        log: The file that takes what it prints, at its end.
        env: Variables on top of this process's own.
        cwd: The directory to run in.
        group: Whether what it has started ends with it; a Ctrl-C here is then not for it.

    Raises:
        ToolError: The program cannot be started.
    """
    words = [str(word) for word in command]
    with log.open("ab") as out:
        try:
            child = subprocess.Popen(
                words,
                env=_environment(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=group,
            )
        except OSError as error:
            raise _not_started(words[0], error) from error
    with child:
        try:
            yield child
        finally:
            end(child, seconds=_TIME_TO_END, group=group)


def detach(command: Sequence[str | Path], *, log: Path, env: Mapping[str, str]) -> None:
    """Start a program that outlives this one, in a session of its own and without our terminal.

    Args:
        command: The program and its arguments; never a credential, which others could see.
        log: The file that takes what it prints, at its end.
        env: All of its environment: what this process was given is not its business.

    Raises:
        ToolError: It could not be started.
    """
    # The program becomes a child of init: a long run of the harness has no zombie of it.
    words = ["setsid", "--fork", *(str(word) for word in command)]
    with log.open("ab") as out:
        done = subprocess.run(
            words,
            env=dict(env),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        raise ToolError(f"{words[2]} could not be started", f"see {log}")


def hand_over(command: Sequence[str | Path], connection: socket.socket) -> None:
    """Start a program that reads from a connection and writes to it, and ends with it.

    It is not waited for; a Ctrl-C in the terminal is not for it.

    Args:
        command: The program and its arguments; never a credential, which others could see.
        connection: May be closed here; if the program cannot be started, that is all that happens.
    """
    words = [str(word) for word in command]
    _handed_over[:] = [child for child in _handed_over if child.poll() is None]
    with suppress(OSError):
        child = subprocess.Popen(
            words, stdin=connection.fileno(), stdout=connection.fileno(), start_new_session=True
        )
        _handed_over.append(child)


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    own = {name: it for name, it in os.environ.items() if name not in OF_A_REPOSITORY}
    return own | dict(extra or {})


def _not_started(program: str, error: OSError, what: str = "") -> ToolError:
    """Say what could not be used: the program, or the directory that it was to run in."""
    missing = isinstance(error, FileNotFoundError)
    problem = "is not there" if missing else f"cannot be used ({error.strerror})"
    head = f"{what}: " if what else ""
    return ToolError(f"{head}{error.filename or program} {problem}", "see `harness doctor`")


def failure(what: str, status: int, output: str, reason: str = "") -> ToolError:
    """Return the error that says how a program ended.

    Args:
        what: What was being tried.
        status: The program's.
        output: What it printed; its last lines go along.
        reason: The line that says why; the last one of the output if empty.
    """
    lines = [line for line in output.splitlines() if line.strip()]
    reason = reason or (lines[-1].strip() if lines else "it printed nothing")
    return ToolError(f"{what} failed (status {status}): {reason}", output="\n".join(lines[-20:]))
