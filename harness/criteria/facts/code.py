"""The code in a checkout's documents: blocks, and what stands between backquotes."""

import re
from collections.abc import Iterator

from harness.criteria.facts.markdown import documents
from harness.project import Project

__all__ = ["code"]

_FENCED = re.compile(r"^ {0,3}(```|~~~)[^\n]*\n(.*?)(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^(?: {4}|\t)[^\n]+\n?)+", re.MULTILINE)
_INLINE = re.compile(r"`+([^`\n]+)`+")


def code(project: Project) -> Iterator[tuple[str, str]]:
    """Yield each piece of code with the document that it stands in."""
    for document, text in documents(project):
        rest = _FENCED.sub("", text)
        for pattern, source, group in (
            (_FENCED, text, 2),
            (_INDENTED, rest, 0),
            (_INLINE, rest, 1),
        ):
            yield from ((document, it.group(group)) for it in pattern.finditer(source))
