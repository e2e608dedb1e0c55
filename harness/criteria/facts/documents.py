"""What a checkout's documents say, section by section."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.criteria.facts.markdown import documents
from harness.project import Project

__all__ = ["Section", "sections"]

_HEADING = re.compile(r"^#+ ", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it, up to the next one.

    Attributes:
        document: The file, relative to the checkout.
        text: The text, in lower case.
    """

    document: str
    text: str

    def has(self, words: tuple[str, ...]) -> bool:
        """Whether any of these words is in it."""
        return any(word in self.text for word in words)


def sections(project: Project) -> Iterator[Section]:
    """Yield all sections of the documents."""
    for document, whole in documents(project):
        for text in _HEADING.split(whole):
            yield Section(document, text.lower())
