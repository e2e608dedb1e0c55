"""Command lines that put a credential where a shell's history or another user sees it."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from harness.criteria.facts.code import code
from harness.criteria.facts.typed import is_typed
from harness.github.workflow_leaks import BUILD_ARGUMENT, COMMAND_LINE, leaks
from harness.github.workflow_shell import Command, Word, commands
from harness.project import Project

__all__ = ["exposing"]

_PROMPT = re.compile(r"^[ \t]*(?:[\w.@:~/-]*[$%\u276f]|PS[^>\n]*>)[ \t]+", re.MULTILINE)
# `<token>` stands for what is to be typed there; a shell would take it for a redirection.
_PLACEHOLDER = re.compile(
    r"(?<=[\s=:'\"])<([A-Za-z][^<>\n]*)(?<!\s)(?<!\s\d)>(?=[\s'\"`;|)]|$)", re.MULTILINE
)
_COMPUTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|(?<==)(?P<part>\$\([^()]*\))", re.DOTALL)
_SAYING = frozenset({"echo", "printf"})
_READING = frozenset({"--password-stdin", "--with-token"})
_SHOWN = 80


def exposing(project: Project, names: Iterable[str]) -> Iterator[str]:
    """Yield each documented command that takes one of these credentials, with its document.

    A value that is assigned in front of a command, or exported, is in the shell's history; one that
    a variable gives to a command is in its arguments.
    """
    known = frozenset(names)
    variables = {name.lower(): frozenset({name}) for name in known}
    for document, text in code(project):
        script = _script(text)
        ways = {way for way, _ in leaks(script, variables)}
        typed = _is_typed(list(commands(_COMPUTED.sub(_quoted, script))), known)
        if typed or ways & {COMMAND_LINE, BUILD_ARGUMENT}:
            yield f"{document}: {' '.join(text.split())[:_SHOWN]}"


def _script(text: str) -> str:
    """Return code of a document as a shell would be given it."""
    return _PLACEHOLDER.sub(lambda it: re.sub(r"\W+", "-", it[1]), _PROMPT.sub("", text))


def _quoted(found: re.Match[str]) -> str:
    """Put what is computed as a part of a word in quotes: it would end the command else."""
    part = found["part"]
    return found.group() if part is None else '"{}"'.format(part.replace('"', '\\"'))


def _is_typed(lines: list[Command], names: frozenset[str]) -> bool:
    said = any(_says(one) and _reads(other) for one, other in pairwise(lines))
    return said or any(is_typed(it, names) or _is_given(it) for it in lines)


def _says(command: Command) -> bool:
    """Whether a command writes what stands in it to another one, and nothing from elsewhere."""
    program = command.words[0].text if command.words else ""
    rest = command.words[1:]
    return command.piped and program in _SAYING and bool(rest) and all(map(_is_plain, rest))


def _is_given(command: Command) -> bool:
    """Whether what a command reads a credential from stands in the line itself."""
    here = [word for sign, word in command.targets if sign == "<<<"]
    return _reads(command) and any(map(_is_plain, here))


def _is_plain(word: Word) -> bool:
    return not word.variables and "$(" not in word.text and "`" not in word.text


def _reads(command: Command) -> bool:
    """Whether a command takes a credential from its input."""
    names = command.names
    kept = any(pair in {("secret", "set"), ("secret", "put")} for pair in pairwise(names))
    return kept or not _READING.isdisjoint(names)
