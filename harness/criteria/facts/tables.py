"""The tables of a checkout's Markdown."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.criteria.facts.markdown import CODE, documents, plain_names, without_examples
from harness.project import Project

__all__ = ["Row", "rows"]

_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        document: The file, relative to the checkout.
        names: What stands as code in its first cell; where nothing does, the variables' names that
            it consists of.
        cells: What stands in its columns, by their headings in lower case.
        table: The number of its table in the document.
        is_code: Whether the names stand as code.
    """

    document: str
    names: tuple[str, ...]
    cells: Mapping[str, str]
    table: int = 0
    is_code: bool = True

    def under(self, *words: str) -> str | None:
        """Return the first cell whose heading has one of these words; None without such."""
        found = (it for name, it in self.cells.items() if any(word in name for word in words))
        return next(found, None)

    def has(self, heading: str) -> bool:
        """Whether this pattern, as whole words, is in one of its headings."""
        return any(re.search(rf"\b(?:{heading})\b", name) for name in self.cells)


def rows(project: Project) -> Iterator[Row]:
    """Yield the rows of all tables of the documents; examples are no tables."""
    for document, text in documents(project):
        for number, (heading, lines) in enumerate(_tables(without_examples(text).splitlines())):
            for line in lines:
                cells = _cells(line)
                code = tuple(CODE.findall(cells[0]))
                names = code or plain_names(cells[0])
                columns = dict(zip(heading, cells, strict=False))
                yield Row(document, names, columns, number, is_code=bool(code))


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
