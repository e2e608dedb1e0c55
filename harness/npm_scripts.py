"""npm scripts: what `npm run NAME` and its like would run in a checkout; nothing is run."""

import json
import shlex
from collections.abc import Iterator, Sequence
from os.path import normpath
from pathlib import Path
from typing import NamedTuple

from harness import tracked

__all__ = ["Script", "called", "is_call", "program"]

_PROGRAMS = frozenset({"npm", "pnpm", "yarn", "bun"})
_RUN = frozenset({"run", "run-script"})
_STARTING = _RUN | {"exec", "dlx", "x"}
_ELSEWHERE = ("--workspace", "-w", "--prefix", "--filter", "-F", "--cwd", "--dir", "-C")
# What npm takes for a script without `run`, and what the others take for no script.
_SHORT = frozenset({"start", "stop", "test", "restart"})
_BUILT_IN = frozenset(
    {"add", "audit", "cache", "ci", "config", "create", "dedupe", "deploy", "env", "fetch"}
    | {"global", "i", "import", "info", "init", "install", "link", "list", "login", "logout", "ls"}
    | {"node", "npm", "outdated", "pack", "patch", "plugin", "pm", "prune", "publish", "rebuild"}
    | {"remove", "rm", "set", "store", "unlink", "up", "update", "upgrade", "version", "why"}
    | {"workspaces"}
)
_DEPLOYS_ITSELF = frozenset({"pnpm", "bun"})
_FILE = "package.json"


class Script(NamedTuple):
    """A script with the arguments that it is given, and where it runs, relative to the checkout."""

    text: str
    directory: str


class _Line(NamedTuple):
    """A command line of a package manager.

    Attributes:
        program: The package manager.
        words: What follows it, without its options in front and those that name a package.
        arguments: What follows `--`.
        elsewhere: The package that an option names; empty for the one that it is called in.
    """

    program: str
    words: list[str]
    arguments: list[str]
    elsewhere: str


def is_call(words: Sequence[str]) -> bool:
    """Whether a command line says that it runs a script of a package.json."""
    return _is_manager(words) and bool(_RUN & set(words[1:]))


def called(words: Sequence[str], root: Path, directory: str = ".") -> Script | None:
    """Return the script that a command line runs; None where there is no such script.

    Args:
        words: The command line.
        root: The checkout.
        directory: Where it is called, relative to the checkout.
    """
    if not _is_manager(words):
        return None
    line = _line(words)
    name, *arguments = [it for it in line.words if it not in _RUN] or [""]
    if not (_RUN & set(line.words) or _is_short(line.program, name)):
        return None
    if line.program == "npm":  # takes the options for its own
        arguments = [it for it in arguments if not it.startswith("-")]
    for place in _places(root, line.elsewhere, directory):
        if text := _scripts(root / place / _FILE).get(name):
            return Script(" ".join([text, shlex.join([*arguments, *line.arguments])]), place)
    return None


def program(words: Sequence[str]) -> list[str]:
    """Return the command line of a package's program that a package manager starts.

    Nothing comes of another command line; what is none of a package manager's commands and no
    script is such a program for all but npm.
    """
    if not _is_manager(words):
        return []
    line = _line(words)
    found = [*line.words, *line.arguments]
    if line.program == "npm" and found[:1] not in (["exec"], ["x"]):
        return []
    return found[1:] if found and found[0] in _STARTING else found


def _is_manager(words: Sequence[str]) -> bool:
    return bool(words) and Path(words[0]).name in _PROGRAMS


def _is_short(manager: str, name: str) -> bool:
    """Whether a package manager takes a word for a script's name by itself."""
    if manager == "npm":
        return name in _SHORT
    return name not in _BUILT_IN or (name == "deploy" and manager not in _DEPLOYS_ITSELF)


def _line(words: Sequence[str]) -> _Line:
    end = words.index("--") if "--" in words else len(words)
    rest, elsewhere = _parted(words[1:end])
    manager = Path(words[0]).name
    if manager == "yarn" and rest[:1] == ["workspace"]:
        elsewhere, rest = "".join(rest[1:2]), rest[2:]
    return _Line(manager, rest, list(words[end + 1 :]), elsewhere)


def _parted(words: Sequence[str]) -> tuple[list[str], str]:
    """Part the words, without the options in front, from the package that an option names."""
    rest: list[str] = []
    elsewhere, is_next = "", False
    for word in words:
        option, sign, value = word.partition("=")
        if is_next or (option in _ELSEWHERE and sign):
            elsewhere, is_next = value if sign and not is_next else word, False
        elif word in _ELSEWHERE:
            is_next = True
        elif rest or not word.startswith("-"):
            rest.append(word)
    # Options may stand between `run` and the script's name too.
    while len(rest) > 1 and rest[0] in _STARTING and rest[1].startswith("-"):
        del rest[1]
    return rest, elsewhere


def _places(root: Path, elsewhere: str, directory: str) -> Iterator[str]:
    """Yield where the package.json may be: as npm does, above where it is called too."""
    if not elsewhere:
        here = Path(normpath(directory))
        there = (it for it in (here, *here.parents) if (root / it / _FILE).is_file())
        yield next((it.as_posix() for it in there), directory)
        return
    yield normpath(Path(directory, elsewhere))
    yield from _workspaces(root, elsewhere)


def _workspaces(root: Path, wanted: str) -> Iterator[str]:
    """Yield the directory of this name, and those of the packages that have it for a name."""
    yield wanted
    for path in tracked.files(root):
        if path.name == _FILE and _read(root / path).get("name") == wanted:
            yield path.parent.as_posix()


def _scripts(path: Path) -> dict[str, str]:
    found = _read(path).get("scripts")
    return {str(name): str(it) for name, it in found.items()} if isinstance(found, dict) else {}


def _read(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
