"""Where a step's script lets a secret out: into a command line, a log, an output, an image."""

from collections.abc import Iterator, Mapping
from itertools import pairwise, takewhile

from harness.github.workflow_shell import Command, Word, commands

__all__ = ["BUILD_ARGUMENT", "COMMAND_LINE", "LOG", "OUTPUT", "leaks"]

BUILD_ARGUMENT = "a build argument"
COMMAND_LINE = "a command line"
LOG = "the log"
OUTPUT = "an output"

_SAYING = frozenset({"echo", "printf"})
_TELLING = frozenset({"declare", "env", "export", "printenv", "set", "typeset"})
_BUILT_IN = frozenset(
    {"[", "[[", ":", "case", "declare", "export", "for", "local", "read", "readonly", "return"}
    | {"set", "test", "typeset", "unset"}
)
_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_STATE")
_MASK = "::add-mask::"

Secrets = frozenset[str]
Leak = tuple[str, Secrets]


def leaks(script: str, variables: Mapping[str, Secrets]) -> Iterator[Leak]:
    """Yield each way out of a shell script, with the secrets that take it.

    Args:
        script: The script; a shell's own builtins show their arguments to nobody.
        variables: The secrets in each environment variable, by name in lower case.
    """
    known = {name: it for name, it in variables.items() if it}
    traced = False
    for command in commands(script) if known else ():
        yield from _through(command, known)
        if traced and (seen := _in(command.words, known)):
            yield LOG, seen
        traced = _traced(command, before=traced)
        for word in (*command.assigned, *command.words[1:]):
            name, sign, _ = word.text.partition("=")
            if sign and (seen := _in([word], known)):
                known[name.lower()] = seen


def _through(command: Command, known: Mapping[str, Secrets]) -> Iterator[Leak]:
    seen = _in(command.words, known)
    program = command.words[0].text if command.words else ""
    if program in _SAYING:
        if seen and (way := _said(command)):
            yield way, seen
    elif way := _written(command):
        if seen:
            yield way, seen
    elif seen and program not in _BUILT_IN:
        yield (BUILD_ARGUMENT if _builds(command) else COMMAND_LINE), seen
    if told := _told(command, known):
        yield LOG, told
    if built := _built(command, known):
        yield BUILD_ARGUMENT, built


def _in(words: list[Word], known: Mapping[str, Secrets]) -> Secrets:
    found = (known.get(name.lower(), frozenset()) for it in words for name in it.variables)
    return frozenset().union(*found)


def _said(command: Command) -> str:
    """Return where an `echo` goes; empty where nobody else reads it."""
    if way := _written(command):
        return way
    masks = any(_MASK in it.text for it in command.words)
    away = any(sign in {">", ">>", ">|", "&>", "1>", "1>>"} for sign, _ in command.targets)
    return "" if command.piped or masks or away else LOG


def _written(command: Command) -> str:
    targets = [word for sign, word in command.targets if ">" in sign]
    return OUTPUT if any(name in word.variables for word in targets for name in _FILES) else ""


def _told(command: Command, known: Mapping[str, Secrets]) -> Secrets:
    """Return what a command that lists variables says to the log."""
    words = [it.text for it in command.words]
    if not words or words[0] not in _TELLING or command.piped or command.targets:
        return frozenset()
    if words[0] == "printenv" and len(words) > 1:
        return frozenset().union(*(known.get(it.lower(), frozenset()) for it in words[1:]))
    alone = len(words) == 1 or words[1:] == ["-p"]
    return frozenset().union(*known.values()) if alone else frozenset()


def _builds(command: Command) -> bool:
    return any(it.startswith("--build-arg") for it in command.names)


def _built(command: Command, known: Mapping[str, Secrets]) -> Secrets:
    """Return what `--build-arg NAME` takes from the environment."""
    names = command.names
    given = [it for before, it in pairwise(names) if before == "--build-arg"]
    given += [it.partition("=")[2] for it in names if it.startswith("--build-arg=")]
    return frozenset().union(*(known.get(it.lower(), frozenset()) for it in given))


def _traced(command: Command, *, before: bool) -> bool:
    """Return whether the shell logs what comes after a command, as it did before or by `set`.

    An inner shell that logs no more says nothing of the one around it.
    """
    words = [it.text for it in command.words]
    traced = before
    if words[:1] == ["set"] and not (before and command.inner):
        options = takewhile(lambda it: it not in {"-", "--"}, words)
        for sign, word in pairwise(options):
            if word.startswith(("-", "+")) and "x" in word:
                traced = word.startswith("-")
            elif word == "xtrace":
                traced = sign.startswith("-")
    return traced
