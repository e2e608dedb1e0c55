"""Whether a credential is typed into a command, as an assignment, an option or a header."""

import re
from itertools import pairwise

from harness.github.workflow_shell import Command

__all__ = ["is_typed"]

_ASSIGNED = re.compile(r"(?:-\w|--?[a-z-]+=)?(?P<name>\w+)(?P<sign>[=:])(?P<value>\S.*)", re.DOTALL)
_OPTION = re.compile(
    r"--?(?:[a-z]+-)*(?:token|password|passwd|secret|api-key|apikey)(?:=(.+))?", re.DOTALL
)
_HEADER = re.compile(
    r"(?:-H|--header=)?(?:(?:proxy-)?authorization:\s*\w+\s+\S|x-(?:api|auth)-(?:key|token):\s*\S).*",
    re.IGNORECASE | re.DOTALL,
)
# A shell's own show their arguments to nobody: only what is written out gets into its history.
_BUILT_IN = frozenset({"declare", "echo", "export", "local", "printf", "readonly", "typeset"})
_SETTING = frozenset({"set", "setenv"})
# They look for a name, and what follows it is a pattern.
_SEARCHING = frozenset({"[", "[[", "awk", "egrep", "grep", "rg", "sed", "test"})
_CALLING = frozenset({"curl", "http", "https", "httpie", "wget", "xh"})
_ENGINES = frozenset({"buildah", "nerdctl", "podman"})
_SERVICES = {("service", "create"), ("service", "update")}
# BuildKit's: where to find it, not what it is.
_PLACE = re.compile(r"(?:env|id|source|src|type)=")
# Options that mean something else elsewhere, by what the command is called; and with their value.
_SHORT = (
    (("login",), frozenset({"-p"}), re.compile(r"-p(?!ath|ro).+", re.DOTALL)),
    (("secret", "set"), frozenset({"-b", "--body"}), re.compile(r"-b.+|--body=.+", re.DOTALL)),
)


def is_typed(command: Command, names: frozenset[str]) -> bool:
    """Whether a command has a credential written out in it, or is given one as an argument.

    Args:
        command: One of a documented command line.
        names: The credentials' variables.
    """
    words = [it.text for it in command.words]
    if not words:
        # A line of an environment file is no command, and a file is where a credential belongs.
        return False
    assigned = any(_assigns(it.text, names, history=True) for it in command.assigned)
    return assigned or _is_argument(words, names) or _has_option(words, command.names)


def _is_argument(words: list[str], names: frozenset[str]) -> bool:
    program = words[0].rpartition("/")[2]
    if program in _SEARCHING or program == "-":  # an item of a list, such as YAML's
        return False
    if program in _SETTING and any(one in names for one, _ in pairwise(words[1:])):
        return True
    if program in _CALLING and any(map(_HEADER.fullmatch, words)):
        return True
    return any(_assigns(it, names, history=program in _BUILT_IN) for it in words[1:])


def _assigns(word: str, names: frozenset[str], *, history: bool) -> bool:
    """Whether a word gives one of these a value; `history`: whether only a shell's may know it."""
    found = _ASSIGNED.fullmatch(word)
    if found is None or found["name"] not in names:
        return False
    # `NAME=$(command)` or `NAME=$OTHER` tells the history nothing, and a shell says `NAME: …`.
    return not (history and (found["value"].startswith("$") or found["sign"] == ":"))


def _has_option(words: list[str], names: list[str]) -> bool:
    named = _names_secrets(names)
    for word, after in pairwise([*words, ""]):
        found = _OPTION.fullmatch(word)
        if found and not (named and word.startswith("--secret")):
            value = found[1] or ("" if after.startswith("-") else after)
            if value and not _PLACE.match(value):
                return True
    return any(_is_short(words, *it) for it in _SHORT)


def _names_secrets(names: list[str]) -> bool:
    """Whether a program is one that keeps secrets itself, and is told their names."""
    program = names[0].rpartition("/")[2] if names else ""
    is_service = program == "docker" and tuple(names[1:3]) in _SERVICES
    return program in _ENGINES or is_service


def _is_short(
    words: list[str], called: tuple[str, ...], apart: frozenset[str], whole: re.Pattern[str]
) -> bool:
    """Whether one of the options has a value, of a command that has these words in a row."""
    if called not in zip(*(words[number:] for number in range(len(called))), strict=False):
        return False
    given = any(one in apart and after for one, after in pairwise([*words, ""]))
    return given or any(map(whole.fullmatch, words))
