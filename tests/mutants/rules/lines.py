"""Files that are lists of lines: ignore files, NAME=value, TOML, the Makefile."""

import re
from collections.abc import Iterator

from tests.mutants.mutant import Edit, Rule

__all__ = ["MAKEFILE", "RULES"]

_LINE = re.compile(r"^(?![#\s])[^\n]+\n", re.MULTILINE)
_RECIPE = re.compile(r"^\t@?(?=\$\(|\$\()", re.MULTILINE)
_OPTION = re.compile(r"(?<=\s)--?[a-z][\w-]*(?:[ =](?![-\\])[^\s\\]+)?")


def remove_a_line(text: str) -> Iterator[Edit]:
    """It is forgotten."""
    for it in _LINE.finditer(text):
        if not it[0].startswith("["):
            yield Edit(it.start(), it.end(), "")


def change_a_value(text: str) -> Iterator[Edit]:
    """Another name or number."""
    for it in re.finditer(r"^[\w.]+ ?=[^#\n]*?(?=\"? *(?:#[^\n]*)?$)", text, re.MULTILINE):
        yield Edit(it.end(), it.end(), "1")


def take_back_an_exception(text: str) -> Iterator[Edit]:
    """What was let in is ignored, what was ignored is let in."""
    for it in re.finditer(r"^!?(?=[*.\w][^=\n]*$)", text, re.MULTILINE):
        yield Edit(it.start(), it.end(), "" if it[0] else "!")


def replace_by_echo(text: str) -> Iterator[Edit]:
    """A recipe only says what it would do."""
    yield from (Edit(it.end(), it.end(), "echo ") for it in _RECIPE.finditer(text))


def remove_a_recipe(text: str) -> Iterator[Edit]:
    """It is forgotten."""
    for it in re.finditer(r"^\t(?:[^\n]*\\\n)*[^\n]*\n", text, re.MULTILINE):
        yield Edit(it.start(), it.end(), "")


def drop_a_prerequisite(text: str) -> Iterator[Edit]:
    """A target does not wait for what it needs."""
    for it in re.finditer(r"(?<=: )\$\(READY\)|(?<= )[\w./]+\.(?:lock|toml|py)(?=[ \n])", text):
        yield Edit(it.start(), it.end(), "")


def drop_a_flag(text: str) -> Iterator[Edit]:
    """A command lacks an option that it was given."""
    for line in re.finditer(r"^\t(?:[^\n]*\\\n)*[^\n]*", text, re.MULTILINE):
        for it in _OPTION.finditer(line[0]):
            yield Edit(line.start() + it.start(), line.start() + it.end(), "")


def swap_a_name(text: str) -> Iterator[Edit]:
    """A recipe does what another one should."""
    for it in re.finditer(r"(?<=\$\(HARNESS\) )\w+", text):
        yield Edit(it.start(), it.end(), "down" if it[0] != "down" else "clean")


RULES: tuple[Rule, ...] = (remove_a_line, change_a_value, take_back_an_exception)

MAKEFILE: tuple[Rule, ...] = (
    remove_a_recipe,
    replace_by_echo,
    drop_a_prerequisite,
    drop_a_flag,
    swap_a_name,
)
