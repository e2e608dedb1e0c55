"""What the documents say of a name in a section of its own: labels, and what stands after them."""

import re
from collections.abc import Iterator

from harness.criteria.facts.markdown import CODE, documents, without_examples
from harness.criteria.facts.tables import Row
from harness.project import Project

__all__ = ["entries"]

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_LABEL = re.compile(
    r"(?:[-*+]\s+)?[*_]*([A-Za-z][\w()/-]*(?: [\w()/-]+){0,2})[*_]*:[*_]*(?:\s+(.*))?"
)
_IDENTIFIER = re.compile(r"\w+")
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")


def entries(project: Project) -> Iterator[Row]:
    """Yield each section whose heading has names, as a row whose headings are its labels.

    A label stands at the beginning of a line or an item, before a colon, or is a heading below.
    """
    for document, text in documents(project):
        yield from _of_text(document, without_examples(text).splitlines())


def _of_text(document: str, lines: list[str]) -> Iterator[Row]:
    names: tuple[str, ...] = ()
    level, label = 0, ""
    cells: dict[str, str] = {}
    for line in [*lines, "# "]:
        if heading := _HEADING.fullmatch(line):
            own, deep = _names(heading[2]), len(heading[1])
            if names and not own and deep > level:
                label = _labelled(cells, heading[2], "")
                continue
            if names:
                yield Row(document, names, cells)
            names, level, label, cells = own, deep, "", {}
        elif found := _LABEL.fullmatch(line):
            label = _labelled(cells, found[1], found[2] or "")
        elif label:
            cells[label] = f"{cells[label]} {line.strip()}".strip()


def _labelled(cells: dict[str, str], label: str, text: str) -> str:
    """Put what stands after a label to it, and return its name."""
    name = label.lower()
    cells[name] = f"{cells.get(name, '')} {text}".strip()
    return name


def _names(heading: str) -> tuple[str, ...]:
    code = [it for it in CODE.findall(heading) if _IDENTIFIER.fullmatch(it)]
    return tuple(code or _VARIABLE.findall(heading.replace("\\_", "_")))
