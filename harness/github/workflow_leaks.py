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
# What prints its input again, perhaps in another form.
_PASSING = frozenset(
    {"base32", "base64", "cat", "cut", "fmt", "fold", "head", "hexdump", "nl", "od", "paste"}
    | {"rev", "sed", "sort", "tac", "tail", "tee", "tr", "xxd"}
)
_AWAY = frozenset({">", ">>", ">|", "&>", "1>", "1>>"})
_SHOWN = ("/dev/fd/", "/dev/std", "/dev/tty")
_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_STATE")
_MASK = "::add-mask::"

Secrets = frozenset[str]
Leak = tuple[str, Secrets]
_NOTHING: Secrets = frozenset()


def leaks(script: str, variables: Mapping[str, Secrets]) -> Iterator[Leak]:
    """Yield each way out of a shell script, with the secrets that take it.

    Args:
        script: The script; a shell's own builtins show their arguments to nobody.
        variables: The secrets in each environment variable, by name in lower case.
    """
    known = {name: it for name, it in variables.items() if it}
    traced = False
    piped: dict[int, Secrets] = {}  # by who takes the output of the pipe
    for command in commands(script) if known else ():
        read = [word for sign, word in command.targets if sign == "<<<"]
        given = piped.pop(id(command.taker), _NOTHING) | _in(read, known)
        yield from _through(command, known, given)
        if traced and (seen := _in(command.words, known)):
            yield LOG, seen
        traced = _traced(command, before=traced)
        _learn(command, known)
        said = _said(command, known, given)
        if command.piped:
            piped[id(command.taker)] = said
        elif said and command.taker and not _is_away(command):
            yield from _taken(command.taker, said, known)


def _learn(command: Command, known: dict[str, Secrets]) -> None:
    """Remember the variables that a command gives a secret to."""
    for word in (*command.assigned, *command.words[1:]):
        name, sign, _ = word.text.partition("=")
        if sign and (seen := _in([word], known)):
            known[name.lower()] = seen


def _taken(taker: Command, said: Secrets, known: dict[str, Secrets]) -> Iterator[Leak]:
    """Follow what `$( )` says into the command that takes it in, and the variable."""
    words = [*taker.assigned, *taker.words]
    if words and words[-1].text.endswith("="):
        known[words[-1].text[:-1].lower()] = said
    if taker.words:
        program = taker.words[0].text
        ways = (_way(taker),) if program in _SAYING else _ways_of_words(taker)
        yield from ((way, said) for way in ways if way)


def _through(command: Command, known: Mapping[str, Secrets], given: Secrets) -> Iterator[Leak]:
    seen = _in(command.words, known)
    program = command.words[0].text if command.words else ""
    if (said := _said(command, known, given)) and (way := _way(command)):
        yield way, said
    if seen and program not in _SAYING:
        yield from ((way, seen) for way in _ways_of_words(command))
    if given and command.names[:1] == ["xargs"]:
        yield COMMAND_LINE, given
    if told := _told(command, known):
        yield LOG, told
    if built := _built(command, known):
        yield BUILD_ARGUMENT, built


def _ways_of_words(command: Command) -> Iterator[str]:
    """Yield where a secret gets that is a word of a command which does not just say it."""
    if way := _written(command):
        yield way
    elif command.words[0].text not in _BUILT_IN:
        yield BUILD_ARGUMENT if _builds(command) else COMMAND_LINE


def _in(words: list[Word], known: Mapping[str, Secrets]) -> Secrets:
    found = (known.get(name.lower(), frozenset()) for it in words for name in it.variables)
    return frozenset().union(*found)


def _said(command: Command, known: Mapping[str, Secrets], given: Secrets) -> Secrets:
    """Return the secrets that a command prints, of its words or of what it is given to read."""
    if command.words and command.words[0].text in _SAYING:
        masks = any(_MASK in it.text for it in command.words)
        return _NOTHING if masks else _in(command.words, known)
    return given if _PASSING & set(command.names[:1]) else _NOTHING


def _way(command: Command) -> str:
    """Return where what a command prints goes; empty where nobody else reads it."""
    if way := _written(command):
        return way
    return "" if command.piped or command.taker or _is_away(command) else LOG


def _is_away(command: Command) -> bool:
    return any(sign in _AWAY and not word.text.startswith(_SHOWN) for sign, word in command.targets)


def _written(command: Command) -> str:
    targets = [word for sign, word in command.targets if ">" in sign]
    if command.names[:1] == ["tee"]:
        targets += command.words[1:]
    return OUTPUT if any(name in word.variables for word in targets for name in _FILES) else ""


def _told(command: Command, known: Mapping[str, Secrets]) -> Secrets:
    """Return what a command that lists variables says to the log."""
    words = [it.text for it in command.words]
    if not words or words[0] not in _TELLING or command.piped or _is_away(command):
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
