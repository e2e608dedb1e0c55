"""The tables of a checkout's Markdown."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.criteria.facts.markdown import documents
from harness.project import Project

__all__ = ["CODE", "Row", "rows"]

CODE = re.compile(r"`+([^`]+)`+")
"""What stands as code in a line of Markdown."""

_FENCE = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)|<!--.*?-->", re.MULTILINE | re.DOTALL)
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        document: The file, relative to the checkout.
        names: What stands as code in its first cell.
        cells: What stands in its columns, by their headings in lower case.
    """

    document: str
    names: tuple[str, ...]
    cells: Mapping[str, str]

    def under(self, *words: str) -> str | None:
        """Return the first cell whose heading has one of these words; None without such."""
        found = (it for name, it in self.cells.items() if any(word in name for word in words))
        return next(found, None)


def rows(project: Project) -> Iterator[Row]:
    """Yield the rows of all tables at the top and under docs/; examples are no tables."""
    for document, text in documents(project):
        for heading, lines in _tables(_FENCE.sub("", text).splitlines()):
            for line in lines:
                cells = _cells(line)
                names = tuple(CODE.findall(cells[0])) if cells else ()
                yield Row(document, names, dict(zip(heading, cells, strict=False)))


def _tables(lines: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    for number, line in enumerate(lines):
        if "|" in line and _RULE.fullmatch(line) and number:
            body = []
            for it in lines[number + 1 :]:
                if "|" not in it:
                    break
                body.append(it)
            yield [it.lower() for it in _cells(lines[number - 1])], body


def _cells(line: str) -> list[str]:
    return [it.strip() for it in _CELL.split(line.strip().removeprefix("|").removesuffix("|"))]
