"""TypeScript and JavaScript: mistakes in conditions, operators, numbers, texts and statements."""

import re
from collections.abc import Iterator

from tests.mutants.mutant import Edit, Rule

__all__ = ["RULES"]

_NOT_CODE = re.compile(r"//[^\n]*|/\*.*?\*/|^(?:import|export \{)[^\n]*", re.DOTALL | re.MULTILINE)
_OPPOSITES = {
    " === ": " !== ",
    " !== ": " === ",
    " && ": " || ",
    " || ": " && ",
    " < ": " >= ",
    " > ": " <= ",
    "!(await": "(await",
}
_STATEMENT = re.compile(r"^ *(?:await |this\.|[\w.#?]+\()[^\n]*;$", re.MULTILINE)


def _code(text: str) -> str:
    """The text without comments and imports, each place where it was."""
    return _NOT_CODE.sub(lambda it: re.sub(r"[^\n]", " ", it[0]), text)


def negate_a_condition(text: str) -> Iterator[Edit]:
    """The other way round."""
    for found in re.finditer(r"(?<=\bif \()(?=[^\n]*\))", _code(text)):
        end = _closing(text, found.start())
        yield Edit(found.start(), end, f"!({text[found.start() : end]})")


def _closing(text: str, start: int) -> int:
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if not depth:
            return at
    raise ValueError(f"an open parenthesis: {text[start : start + 40]}")


def change_an_operator(text: str) -> Iterator[Edit]:
    """A comparison or a connection that is another."""
    code = _code(text)
    for sign, other in _OPPOSITES.items():
        for found in re.finditer(re.escape(sign), code):
            yield Edit(found.start(), found.end(), other)


def change_a_number(text: str) -> Iterator[Edit]:
    """Another status, port or limit."""
    for found in re.finditer(r"(?<![\w.\"])\d[\d_]*(?![\w\"])", _code(text)):
        value = int(found[0].replace("_", ""))
        yield Edit(found.start(), found.end(), str(value * 10 or 1))


def change_a_text(text: str) -> Iterator[Edit]:
    """Another name, route or header."""
    for found in re.finditer(r"\"([^\"\n]+)\"", _code(text)):
        yield Edit(found.end() - 1, found.end() - 1, "x")


def remove_a_statement(text: str) -> Iterator[Edit]:
    """It is forgotten."""
    for found in _STATEMENT.finditer(_code(text)):
        yield Edit(found.start(), found.end(), "")


RULES: tuple[Rule, ...] = (
    negate_a_condition,
    change_an_operator,
    change_a_number,
    change_a_text,
    remove_a_statement,
)
