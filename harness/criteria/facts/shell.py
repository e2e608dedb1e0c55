"""Shells in the running container, opened as the documentation says."""

import re

from harness.criteria.facts.developer import Developer
from harness.criteria.facts.model import Facts
from harness.docker.stack import Stack
from harness.fixtures.copy import working_copy
from harness.project import Project

__all__ = ["ASKED", "TARGET", "Refusal", "Session", "ShellFacts", "observe", "refused"]

TARGET = "dev-shell"
"""What make calls a shell."""

ASKED = 7
"""The status that a shell is told to end with."""

_PATIENCE = 30.0
_MAKES_OWN = re.compile(r"g?make(\[\d+\])?: ")


class Session(Facts):
    """What a command that opens a shell did.

    Attributes:
        command: The command.
        prompt: Whether a prompt came.
        terminal: Whether the shell is on a terminal.
        ran: Whether it ran what was typed.
        zero: What the command ended with when the shell ended with 0; None if it did not end.
        other: What it ended with when the shell ended with 7.
    """

    command: str
    prompt: bool
    terminal: bool
    ran: bool
    zero: int | None
    other: int | None


class Refusal(Facts):
    """What the command did with nothing running.

    Attributes:
        status: What it ended with.
        lines: What it printed, without the lines that make adds.
    """

    command: str
    status: int
    lines: tuple[str, ...]


class ShellFacts(Facts):
    """Every command that opens a shell."""

    sessions: tuple[Session, ...]
    refusals: tuple[Refusal, ...]


def observe(stack: Stack, project: Project) -> ShellFacts:
    """Open shells, and try to where nothing runs.

    Args:
        stack: A stack that is up.
        project: The checkout, to make a copy of where nothing runs.
    """
    there = Developer(stack.project, stack.engine)
    with working_copy(project) as idle:
        elsewhere = Developer(idle, stack.engine)
        return ShellFacts(
            sessions=tuple(_open(there, name) for name in _commands(there)),
            refusals=tuple(refused(elsewhere, name) for name in _commands(elsewhere)),
        )


def _commands(developer: Developer) -> dict[str, list[str]]:
    return {
        f"make {TARGET}": developer.make(TARGET),
        "harness shell": developer.harness("shell"),
    }


def _open(developer: Developer, name: str) -> Session:
    command = _commands(developer)[name]
    with developer.shell(command) as shell:
        prompt = shell.has_prompt()
        terminal = shell.run("test -t 0 && test -t 1").status == 0
        ran = shell.run("echo $((6 * 7))").stdout.strip() == "42"
        zero = shell.leave(0)
    with developer.shell(command) as shell:
        shell.has_prompt()
        other = shell.leave(ASKED)
    return Session(command=name, prompt=prompt, terminal=terminal, ran=ran, zero=zero, other=other)


def refused(developer: Developer, name: str) -> Refusal:
    """Call what opens a shell where nothing runs."""
    command = _commands(developer)[name]
    done = developer.run(command, seconds=_PATIENCE)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    # What make runs it also prints, where the recipe does not say otherwise.
    echoed = _echoed(developer, command) if name.startswith("make ") else frozenset()
    said = tuple(it for it in lines if not (_MAKES_OWN.match(it) or it in echoed))
    return Refusal(command=name, status=done.status, lines=said)


def _echoed(developer: Developer, command: list[str]) -> frozenset[str]:
    """Return the lines of a recipe, as make prints them."""
    done = developer.run([*command, "--dry-run"], seconds=_PATIENCE)
    return frozenset(done.stdout.splitlines())
