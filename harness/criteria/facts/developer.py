"""A developer at a checkout: calls make and harness there, in a terminal where it matters."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pexpect

from harness import process
from harness.engine.model import Engine
from harness.process import Completed
from harness.project import Project

__all__ = ["Developer", "Shell", "make"]

_BIN = Path(sys.executable).parent
# So long even a busy machine takes for a prompt; one that fails ends at once.
_PATIENCE = 60
_SCREEN = (40, 200)
# What a make or a harness around this one has set is not what a developer has.
_FOREIGN = re.compile(r"MAKE(FLAGS|LEVEL|OVERRIDES)|MFLAGS|HARNESS_PROJECT|COMPOSE_.*|PYTEST_.*")
_PROMPT = re.compile(r"[#$%>] ")


def make(target: str) -> list[str]:
    """Return the command line of a target; VENV must name this process's own environment.

    That one is never made anew.
    """
    return ["make", "--old-file", f"{sys.prefix}/.ready", target]


def _without_foreign(command: list[str]) -> list[str]:
    unset = [f"--unset={name}" for name in os.environ if _FOREIGN.fullmatch(name)]
    return ["env", *unset, *command]


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Shell:
    """A shell in a terminal.

    Args:
        terminal: The terminal, in which the command that opens the shell has been started.
    """

    def __init__(self, terminal: "pexpect.spawn[str]") -> None:
        self._terminal = terminal

    def has_prompt(self) -> bool:
        """Whether a prompt has come."""
        return self._expect(_PROMPT)

    def run(self, line: str) -> Completed:
        """Type a line and return what it printed, with its status; -1 where none came."""
        self._terminal.sendline(f"printf '@%s@\\n' begin; {line}; printf '@%s:%s@' end $?")
        if not self._expect(re.compile(r"@begin@\r?\n(.*?)@end:(\d+)@", re.DOTALL)):
            return Completed(-1, "", "")
        match = self._terminal.match
        assert isinstance(match, re.Match)  # noqa: S101 -- a pattern was expected, and came
        return Completed(int(match[2]), match[1].replace("\r\n", "\n"), "")

    def leave(self, status: int) -> int | None:
        """End the shell with a status and return what its command then ends with."""
        self._terminal.sendline(f"exit {status}")
        if self._terminal.expect([pexpect.EOF, pexpect.TIMEOUT]) != 0:
            return None
        self._terminal.close()
        ended: int | None = self._terminal.exitstatus
        return ended

    def _expect(self, what: re.Pattern[str]) -> bool:
        return self._terminal.expect([what, pexpect.EOF, pexpect.TIMEOUT]) == 0


class Developer:
    """Somebody who works in a checkout on an engine.

    make is told which Python environment to use, so that no check makes one of its own, and which
    compose project is meant, for a Makefile that calls compose itself.
    """

    def __init__(self, project: Project, engine: Engine) -> None:
        self.project = project
        self.engine = engine

    @cached_property
    def variables(self) -> dict[str, str]:
        """What the developer's terminal sets on top of this process's own variables."""
        path = os.pathsep.join([str(self.engine.program.parent), os.environ.get("PATH", "")])
        own = {"PATH": path, "VENV": sys.prefix, "TERM": "xterm"}
        return {**self.engine.variables, **own, "COMPOSE_PROJECT_NAME": self.project.slug}

    @property
    def environment(self) -> dict[str, str]:
        """All variables of the developer's terminal."""
        kept = {name: value for name, value in os.environ.items() if not _FOREIGN.fullmatch(name)}
        # Another prompt, such as an activated environment's, is none that the shell is known by.
        return {**kept, **self.variables, "PS1": "$ "}

    def make(self, target: str) -> list[str]:
        """Return the command line of a target."""
        return make(target)

    def harness(self, *words: str) -> list[str]:
        """Return the command line of a harness command."""
        return [str(_BIN / "harness"), *words, "--project", self._root]

    def run(
        self, command: list[str], *, seconds: float, env: Mapping[str, str] | None = None
    ) -> Completed:
        """Run a command to its end, without a terminal.

        Args:
            command: The command line.
            seconds: How long it may take.
            env: Variables on top of the developer's own.

        Raises:
            ToolError: It is missing, or did not end in time.
        """
        return process.run(
            _without_foreign(command),
            what=command[0],
            env={**self.variables, **(env or {})},
            cwd=self.project.root,
            timeout=seconds,
            check=False,
        )

    @contextmanager
    def beside(self, command: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
        """Start a command without a terminal, and end it, with what it started, after the block.

        Args:
            command: The command line.
            log: The file that takes what it prints.

        Raises:
            ToolError: It is missing.
        """
        words = _without_foreign(command)
        root = self.project.root
        with process.running(words, log=log, env=self.variables, cwd=root, group=True) as child:
            yield child

    @contextmanager
    def terminal(self, command: list[str]) -> Iterator["pexpect.spawn[str]"]:
        """Start a command in a terminal of its own, and end it if it has not ended."""
        child = pexpect.spawn(
            command[0],
            command[1:],
            cwd=self._root,
            env=self.environment,
            encoding="utf-8",
            codec_errors="replace",
            timeout=_PATIENCE,
            dimensions=_SCREEN,
            # A shell in the background has its children ignore Ctrl-C; a terminal has not.
            preexec_fn=_heed_interrupts,
        )
        try:
            yield child
        finally:
            child.close(force=True)

    @contextmanager
    def shell(self, command: list[str]) -> Iterator[Shell]:
        """Start a command that opens a shell."""
        with self.terminal(command) as child:
            yield Shell(child)

    @property
    def _root(self) -> str:
        return str(self.project.root)
