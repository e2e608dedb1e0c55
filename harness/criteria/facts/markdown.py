"""A checkout's documents: the Markdown at its top and under docs/."""

from collections.abc import Iterator

from harness.project import Project

__all__ = ["documents"]

_DOCUMENTS = ("*.md", "docs/**/*.md")


def documents(project: Project) -> Iterator[tuple[str, str]]:
    """Yield the name of each, relative to the checkout, with its text; by name."""
    found = {it for pattern in _DOCUMENTS for it in project.root.glob(pattern) if it.is_file()}
    for path in sorted(found):
        text = path.read_text(encoding="utf-8", errors="replace")
        yield path.relative_to(project.root).as_posix(), text
