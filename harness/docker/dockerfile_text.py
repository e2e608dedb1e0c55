"""A Dockerfile's lines, as far as the parser has to be helped with them."""

import re
import shlex
from collections.abc import Iterator
from io import BytesIO
from typing import IO, TypedDict, cast

from dockerfile_parse import DockerfileParser

__all__ = ["Entry", "entries", "pairs"]

_WITH_BODIES = frozenset({"RUN", "COPY", "ADD", "ONBUILD"})
_OPENS = re.compile(r"\d*<<(?P<dash>-?)(?P<end>[^<]+)")


class Entry(TypedDict):
    """An instruction, or a comment, whose name then is COMMENT.

    Attributes:
        instruction: Its name, as it is written.
        value: What follows the name, on one line.
        startline: Where it begins, counted from zero.
    """

    instruction: str
    value: str
    startline: int


def entries(content: bytes) -> list[Entry]:
    """Return a Dockerfile's instructions and comments, in order.

    The bodies of here-documents are none, whatever stands in them. What is no UTF-8, in a comment
    for example, is read with a sign in its place, as Docker takes it too.
    """
    text = content.decode("utf-8-sig", errors="replace")
    lines = BytesIO("\n".join(_without_bodies(text)).encode())
    # It reads bytes, whatever its type says.
    return cast("list[Entry]", DockerfileParser(fileobj=cast("IO[str]", lines)).structure)


def pairs(value: str) -> list[tuple[str, str | None]]:
    """Return what an ARG or ENV sets, by name; None where an ARG sets nothing."""
    try:
        words = shlex.split(value)
    except ValueError:  # Docker refuses it too
        words = value.split()
    split = [word.partition("=") for word in words]
    return [(name, given if sign else None) for name, sign, given in split]


def _without_bodies(text: str) -> Iterator[str]:
    """Yield each line, an empty one in place of those of a here-document's body."""
    awaited: list[re.Match[str]] = []
    so_far = ""
    for line in (it.removesuffix("\r") for it in text.split("\n")):
        if awaited:
            yield ""
            if _ends(line, awaited[0]):
                awaited.pop(0)
            continue
        yield line
        if line.lstrip().startswith("#"):
            continue
        so_far += line.rstrip()
        if so_far.endswith("\\"):
            so_far = so_far[:-1]
        else:
            awaited, so_far = _opened(so_far), ""


def _opened(instruction: str) -> list[re.Match[str]]:
    """Return the here-documents that an instruction opens; a quoted `<<` opens none."""
    name, *words = _raw_words(instruction) or [""]
    if name.upper() not in _WITH_BODIES:
        return []
    return [found for word in words if (found := _OPENS.fullmatch(word))]


def _raw_words(text: str) -> list[str]:
    try:
        return shlex.split(text, posix=False)
    except ValueError:  # a quote without an end, as in a shell command
        return text.split()


def _ends(line: str, opened: re.Match[str]) -> bool:
    return (line.lstrip("\t") if opened["dash"] else line) == opened["end"].strip("'\"")
