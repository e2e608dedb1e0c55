"""Command lines that put a credential where a shell's history or another user sees it."""

import re
from collections.abc import Iterable, Iterator

from harness.criteria.facts.code import code
from harness.github.workflow_leaks import BUILD_ARGUMENT, COMMAND_LINE, leaks
from harness.github.workflow_shell import Command, commands
from harness.project import Project

__all__ = ["exposing"]

_OPTION = re.compile(r"--?(?:[a-z]+-)*(?:token|password|passwd|secret|api-key|apikey)(=.+)?")
_ASSIGNED = re.compile(r"(?P<name>\w+)=(?P<value>.*)", re.DOTALL)
_SHOWN = 80


def exposing(project: Project, names: Iterable[str]) -> Iterator[str]:
    """Yield each documented command that takes one of these credentials, with its document.

    A value that is assigned in front of a command, or exported, is in the shell's history; one that
    a variable gives to a command is in its arguments.
    """
    known = frozenset(names)
    variables = {name.lower(): frozenset({name}) for name in known}
    for document, text in code(project):
        ways = {way for way, _ in leaks(text, variables)}
        written = any(_writes(it, known) for it in commands(text))
        if written or ways & {COMMAND_LINE, BUILD_ARGUMENT}:
            yield f"{document}: {' '.join(text.split())[:_SHOWN]}"


def _writes(command: Command, names: frozenset[str]) -> bool:
    """Whether a command has a credential written out in it."""
    words = [it.text for it in command.words]
    # A line of an environment file is no command, and a file is where a credential belongs.
    typed = [it.text for it in command.assigned] if words else []
    typed += words[1:] if words[:1] in (["export"], ["env"]) else []
    return any(_assigns(it, names) for it in typed) or _has_option(words)


def _assigns(word: str, names: frozenset[str]) -> bool:
    found = _ASSIGNED.fullmatch(word)
    if found is None or found["name"] not in names:
        return False
    # `NAME=$(command)` or `NAME=$OTHER` tells the history nothing.
    return bool(found["value"]) and not found["value"].startswith("$")


def _has_option(words: list[str]) -> bool:
    following = [*words[1:], ""]
    for word, after in zip(words, following, strict=False):
        found = _OPTION.fullmatch(word)
        if found and (found[1] or (after and not after.startswith("-"))):
            return True
    return False
