"""npm scripts: what `npm run NAME` and its like would run in a checkout; nothing is run."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from harness import tracked

__all__ = ["Script", "called", "is_call"]

_PROGRAMS = frozenset({"npm", "pnpm", "yarn", "bun"})
_RUN = frozenset({"run", "run-script"})
_ELSEWHERE = ("--workspace", "-w", "--prefix", "--filter", "--cwd", "-C")
_FILE = "package.json"


class Script(NamedTuple):
    """A script, and the directory that it runs in, relative to the checkout."""

    text: str
    directory: str


def is_call(words: Sequence[str]) -> bool:
    """Whether a command line runs a script of a package.json."""
    return bool(words) and Path(words[0]).name in _PROGRAMS and bool(_RUN & set(words[1:]))


def called(words: Sequence[str], root: Path, directory: str = ".") -> Script | None:
    """Return the script that a command line runs; None where there is no such script.

    Args:
        words: The command line, of which `is_call` holds.
        root: The checkout.
        directory: Where it is called, relative to the checkout.
    """
    rest, elsewhere = _parted(words[1:])
    name = next((it for it in rest if it not in _RUN), "")
    for place in _workspaces(root, elsewhere) if elsewhere else (directory,):
        text = _scripts(root / place / _FILE).get(name)
        if text:
            return Script(text, place)
    return None


def _parted(words: Sequence[str]) -> tuple[list[str], str]:
    """Part the words that are no options from the package that an option names."""
    rest: list[str] = []
    elsewhere, is_next = "", False
    for word in words:
        option, sign, value = word.partition("=")
        if word == "--":
            break
        if is_next or (option in _ELSEWHERE and sign):
            elsewhere, is_next = value if sign and not is_next else word, False
        elif word in _ELSEWHERE:
            is_next = True
        elif not word.startswith("-"):
            rest.append(word)
    return rest, elsewhere


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
