"""What a script runs in the end: its own commands, and those of what it calls in the checkout.

Followed are npm scripts, the files of shells, and the recipes of make; nothing of it is run.
"""

import re
from collections.abc import Iterator
from os.path import normpath
from pathlib import Path
from typing import NamedTuple

from harness import npm_scripts
from harness.errors import ToolError
from harness.github.workflow_shell import Command, commands
from harness.make import Makefile

__all__ = ["Ran", "ran"]

_DEEPEST = 5
_SHELLS = frozenset({"bash", "dash", "sh", "zsh", "source", "."})
_MAKES = frozenset({"make", "gmake"})
_PRETENDING = frozenset({"-n", "--dry-run", "--just-print", "--recon"})
_INTERPRETERS = frozenset(
    {"node", "tsx", "ts-node", "bun", "deno", "zx", "python", "python3", "ruby", "perl"}
)
_VALUED = re.compile(r"[-+][A-Za-z]*[oO]|--(rcfile|init-file)")
_SHEBANG = re.compile(r"#!.*\b(ba|da|z)?sh\b")
_CHANGES = frozenset({"cd", "pushd"})
_TOP = re.compile(
    r"\$\{?GITHUB_WORKSPACE\b\}?|\$\{\{\s*github\.workspace\s*\}\}?"
    r"|\$\(git rev-parse --show-toplevel\)"
)
_OWN = re.compile(r"\$\(dirname [^)]*\)|\$\{(?:0|BASH_SOURCE)%/\*\}")
_UNKNOWN = ""
_HEAD = 1024


class Ran(NamedTuple):
    """One command that is run.

    Attributes:
        names: The program and its words, without what only starts another program; nothing where
            that cannot be told.
        file: The file of the checkout in another language that it runs; empty for all others.
        text: What is in that file.
        beyond: What cannot be told; empty where all can.
    """

    names: list[str]
    file: str = ""
    text: str = ""
    beyond: str = ""


class _Place(NamedTuple):
    """Where a script runs: its directory, and that of its own file, relative to the checkout."""

    directory: str
    own: str
    depth: int = 0

    def below(self, directory: str, own: str = _UNKNOWN) -> "_Place":
        return _Place(directory, own, self.depth + 1)


def ran(script: str, root: Path, directory: str = ".") -> Iterator[Ran]:
    """Yield the commands that a step's script leads to.

    Args:
        script: The script.
        root: The checkout.
        directory: Where it runs, relative to the checkout; it may be an expression.
    """
    yield from _of_script(script, root, _Place(_changed(".", directory, _UNKNOWN), _UNKNOWN))


def _of_script(script: str, root: Path, at: _Place) -> Iterator[Ran]:
    for command, directory in _placed(script, at):
        names = command.names
        yield Ran(names)
        if names and at.depth < _DEEPEST:
            yield from _called(names, root, at._replace(directory=directory))


def _placed(script: str, at: _Place) -> Iterator[tuple[Command, str]]:
    """Yield a script's commands, each with the directory that it runs in."""
    outer = inner = at.directory
    for command in commands(script):
        inner = inner if command.inner else outer
        yield command, inner
        words = [it.text for it in command.words if not it.text.startswith("-")]
        if words[:1] and words[0] in _CHANGES:
            inner = _changed(inner, "".join(words[1:2]), at.own)
            outer = outer if command.inner else inner


def _changed(directory: str, target: str, own: str) -> str:
    """Return the directory that `cd` leads to."""
    top = _TOP.sub(".", target)
    if _OWN.search(top):
        directory = "." if own else _UNKNOWN
    place = _OWN.sub(own or ".", top)
    if not place or place[0] in "~/" or re.search(r"[$`{]", place):
        return _UNKNOWN
    base = "." if top != target else directory
    return normpath(Path(base, place)) if base else _UNKNOWN


def _called(names: list[str], root: Path, at: _Place) -> Iterator[Ran]:
    program = Path(names[0]).name
    if program in _MAKES:
        yield from _of_make(names[1:], root, at)
    elif program in _SHELLS:
        yield from _of_shell(names[1:], root, at)
    else:
        yield from _of_package(names, root, at)
    if program in _INTERPRETERS:
        there = (it for it in names[1:] if _is_file(root, at, it))
        yield from _of_file(next(there, ""), root, at)
    elif "/" in names[0]:
        yield from _of_file(names[0], root, at)


def _of_package(names: list[str], root: Path, at: _Place) -> Iterator[Ran]:
    """Yield what a package's script runs, or the program of that name."""
    script = npm_scripts.called(names, root, at.directory or ".")
    if script and at.directory:
        yield from _of_script(script.text, root, at.below(script.directory))
    elif script or (npm_scripts.is_call(names) and not at.directory):
        yield Ran([], beyond=f"{' '.join(names)} in a directory that is computed")
    elif started := npm_scripts.program(names):
        yield Ran(started)


def _of_shell(words: list[str], root: Path, at: _Place) -> Iterator[Ran]:
    """Yield what a shell runs: the file that it is given, or the text after `-c`."""
    rest = iter(words)
    for word in rest:
        if word[:1] in {"-", "+"} and not word.startswith("--") and "c" in word:
            yield from _of_script(next(rest, ""), root, at.below(at.directory, at.own))
            return
        if _VALUED.fullmatch(word):
            next(rest, "")
        elif word[:1] not in {"-", "+"}:
            yield from _of_file(word, root, at, is_shells=True)
            return


def _of_file(name: str, root: Path, at: _Place, *, is_shells: bool = False) -> Iterator[Ran]:
    if not name or not _is_file(root, at, name):
        return
    place = _changed(at.directory, name, at.own)
    text = (root / place).read_text("utf-8", "replace")
    if "\0" in text[:_HEAD]:  # a program, no script
        return
    if is_shells or place.endswith(".sh") or _SHEBANG.match(text):
        own = Path(place).parent.as_posix()
        yield from _of_script(text, root, at.below(at.directory, own))
    else:
        yield Ran([], file=place, text=text)


def _is_file(root: Path, at: _Place, name: str) -> bool:
    place = _changed(at.directory, name, at.own)
    try:
        return bool(place) and (root / place).is_file()
    except (OSError, ValueError):  # a text after `-c` or `-e`, too long for a name
        return False


def _of_make(words: list[str], root: Path, at: _Place) -> Iterator[Ran]:
    """Yield what the recipes of make's targets run."""
    if not at.directory or _PRETENDING & set(words):
        return
    directory, targets, rest = at.directory, [], iter(words)
    for word in rest:
        if word in {"-C", "--directory"}:
            directory = _changed(directory, next(rest, ""), at.own)
        elif not (word.startswith("-") or "=" in word or word.isdecimal() or "$" in word):
            targets.append(word)
    for target in targets if directory else ():
        try:
            script = "\n".join(Makefile(root / directory).recipe(target))
        except (OSError, ToolError) as error:
            yield Ran([], beyond=f"make {target}: {error}")
        else:
            yield from _of_script(script, root, at.below(directory))
