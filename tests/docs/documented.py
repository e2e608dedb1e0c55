"""The commands that README and docs show, and whether all that they name is there."""

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import pytest

from harness.make import Makefile
from tests.cli_words import unknown
from tests.conftest import REPOSITORY

__all__ = ["DOCUMENTS", "Documented", "blocks", "in_blocks", "in_text", "indented", "problem"]

DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*\n)+")
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_COMMENT = re.compile(r"(?:^|\s+)#.*")
_ASSIGNMENT = re.compile(r"\w+=.*")
_MISSING = object()
_CALL = re.compile(r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(?:harness|make) [^|…]+")


@dataclass(frozen=True)
class Documented:
    """A command.

    Attributes:
        document: Where it stands.
        text: It, in one line, without the comment behind it.
    """

    document: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}: {self.text}"

    @property
    def words(self) -> list[str]:
        """Program and arguments, without the variables that are set for it."""
        words = shlex.split(self.text)
        while words and _ASSIGNMENT.fullmatch(words[0]):
            words = words[1:]
        return words


def in_blocks() -> Iterator[Documented]:
    """Yield the commands of all blocks of shell."""
    for path, text in _texts():
        for language, block in _FENCE.findall(text):
            if language == "sh":
                yield from _commands(path, block)


def blocks(path: Path, language: str) -> list[str]:
    """Return the blocks of a document in that language."""
    found = _FENCE.findall(path.read_text(encoding="utf-8"))
    return [block for it, block in found if it == language]


def in_text() -> Iterator[Documented]:
    """Yield the calls of `harness` and `make` that stand in running text."""
    for path, text in _texts():
        for span in _SPAN.findall(_FENCE.sub("", text)):
            call = " ".join(span.split())
            if _CALL.fullmatch(call):
                yield Documented(path.name, call)


def indented() -> Iterator[Documented]:
    """Yield the lines of blocks that say of no language what they are."""
    for path, text in _texts():
        for block in _INDENTED.findall(_FENCE.sub("", text)):
            yield from (Documented(path.name, line.strip()) for line in block.splitlines())


def problem(command: Documented, config: pytest.Config) -> str:
    """Return what a command names that is not there; empty if it is all there.

    Args:
        command: The command.
        config: What knows pytest's options.
    """
    words = command.words
    if words[0] in {".", "eval"}:
        return ""  # it is run
    checks: dict[str, Callable[[list[str]], str]] = {
        "harness": unknown,
        "make": _no_target,
        "pytest": partial(_no_option, config),
    }
    check = checks.get(Path(words[0]).name)
    return (check(words) if check else "") or _no_path(words[1:])


def _texts() -> Iterator[tuple[Path, str]]:
    return ((path, path.read_text(encoding="utf-8")) for path in DOCUMENTS)


def _commands(path: Path, block: str) -> Iterator[Documented]:
    for line in block.replace("\\\n", " ").splitlines():
        if text := _COMMENT.sub("", line).strip():
            yield Documented(path.name, text)


def _no_target(words: list[str]) -> str:
    targets = [it for it in words[1:] if not _ASSIGNMENT.fullmatch(it)]
    return " ".join(it for it in targets if it not in _targets())


def _no_option(config: pytest.Config, words: list[str]) -> str:
    given = [it.partition("=")[0] for it in words if it.startswith("-")]
    return " ".join(it for it in given if config.getoption(it, _MISSING) is _MISSING)


def _no_path(words: list[str]) -> str:
    """Return the paths among these words, but for images and what is the reader's own."""
    paths = [it for it in words if "/" in it and not re.search(r"[:@]|^\.venv/|^[A-Z]+/", it)]
    return " ".join(it for it in paths if not (REPOSITORY / it).exists())


@cache
def _targets() -> frozenset[str]:
    return Makefile(REPOSITORY).targets()
