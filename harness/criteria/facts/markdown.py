"""A checkout's documents: its Markdown, where people look for it."""

import re
from collections.abc import Iterator
from pathlib import Path

from harness.discovery.find import wrangler_files
from harness.project import Project

__all__ = ["CODE", "documents", "plain_names", "without_examples"]

CODE = re.compile(r"`+([^`]+)`+")
"""What stands as code in a line of Markdown."""

_DOCUMENTS = ("*.md", ".github/*.md", "doc/**/*.md", "docs/**/*.md")
_EXAMPLE = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)|<!--.*?-->", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_BETWEEN = re.compile(r"<br ?/?>|[\s,/&]+")
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*|[A-Za-z]\w*_\w+")


def documents(project: Project) -> Iterator[tuple[str, str]]:
    """Yield the name of each, relative to the checkout, with its text; by name.

    They are the Markdown at the top, under docs/, and beside or above what builds, starts and
    deploys.
    """
    places = (f"{it}/*.md" for it in _beside(project))
    found = {it for pattern in (*_DOCUMENTS, *places) for it in project.root.glob(pattern)}
    for path in sorted(it for it in found if it.is_file()):
        text = path.read_text(encoding="utf-8", errors="replace")
        yield path.relative_to(project.root).as_posix(), text


def _beside(project: Project) -> set[str]:
    """Return the directories below the top that lead to a Dockerfile, compose or wrangler file."""
    image, root = project.config.image, project.root
    names = (image.dockerfile, image.dev_dockerfile, project.config.compose.file)
    files = [root / it for it in names if it] + list(wrangler_files(root))
    inside = (it.relative_to(root) for it in files if it.is_relative_to(root))
    found = {parent for it in inside if ".." not in it.parts for parent in it.parents}
    return {it.as_posix() for it in found - {Path()}}


def without_examples(text: str) -> str:
    """Return Markdown without its blocks of code and its comments."""
    return _EXAMPLE.sub("", text)


def plain_names(text: str) -> tuple[str, ...]:
    """Return the names of variables that a text consists of; none if it has anything else."""
    bare = _LINK.sub(r"\1", text).replace("\\_", "_").strip("*_ ")
    parts = [it for it in _BETWEEN.split(bare) if it not in {"", "and", "or"}]
    return tuple(parts) if all(map(_NAME.fullmatch, parts)) else ()
