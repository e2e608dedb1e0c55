"""What a checkout's documents say, section by section."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.project import Project

__all__ = ["Section", "sections"]

_DOCUMENTS = ("*.md", "docs/**/*.md")
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
    """Yield all sections of the Markdown at the top and under docs/."""
    for path in sorted({it for pattern in _DOCUMENTS for it in project.root.glob(pattern)}):
        document = path.relative_to(project.root).as_posix()
        for text in _HEADING.split(path.read_text(encoding="utf-8")):
            yield Section(document, text.lower())
