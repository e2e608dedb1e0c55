"""Dockerfiles: mistakes in instructions, their flags, their words and what they stand on."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import IO, NamedTuple, cast

from dockerfile_parse import DockerfileParser

from tests.mutants.mutant import Edit, Rule

__all__ = ["RULES"]

_FLAG = re.compile(r"(?<=\s)--?[a-z][\w-]*(?:=[^\s\\]+)?[ \\\n]*")
_WORD = re.compile(r"(?<=\s)(?![-\\&|#=])[^\s\\\"]+(?= |\n|$)")


class _Instruction(NamedTuple):
    name: str
    start: int
    text: str


def _instructions(text: str) -> Iterator[_Instruction]:
    # It reads bytes, whatever its type says.
    entries = DockerfileParser(fileobj=cast("IO[str]", BytesIO(text.encode()))).structure
    lines = text.splitlines(keepends=True)
    for entry in entries:
        if entry["instruction"] != "COMMENT":
            start = len("".join(lines[: entry["startline"]]))
            whole = "".join(lines[entry["startline"] : entry["endline"] + 1])
            yield _Instruction(entry["instruction"].upper(), start, whole)


def comment_out(text: str) -> Iterator[Edit]:
    """An instruction does not happen."""
    for it in _instructions(text):
        if it.name != "FROM":
            commented = "".join(f"# {line}" for line in it.text.splitlines(keepends=True))
            yield Edit(it.start, it.start + len(it.text), commented)


def replace_by_echo(text: str) -> Iterator[Edit]:
    """A command is only said."""
    for it in _instructions(text):
        found = re.search(r"(?:^RUN|\s)((?:sh /run|python3 -m|cargo|sh -c)\b)", it.text)
        if it.name == "RUN" and found:
            yield Edit(it.start + found.start(1), it.start + found.start(1), "echo ")


def drop_a_flag(text: str) -> Iterator[Edit]:
    """An instruction or its command lacks an option that it was given."""
    for it in _instructions(text):
        if it.name in {"RUN", "COPY", "HEALTHCHECK"}:
            for found in _FLAG.finditer(it.text):
                yield Edit(it.start + found.start(), it.start + found.end(), "")


def drop_a_word(text: str) -> Iterator[Edit]:
    """One source, package or port less."""
    for it in _instructions(text):
        words = list(_WORD.finditer(it.text))
        if it.name in {"COPY", "EXPOSE"} or "apt-install.sh" in it.text:
            for found in words[: -1 if it.name == "COPY" else None]:
                yield Edit(it.start + found.start(), it.start + found.end(), "")


def change_a_value(text: str) -> Iterator[Edit]:
    """Another default, place, user or program."""
    for it in _instructions(text):
        if it.name in {"ARG", "ENV", "LABEL"}:
            for found in re.finditer(r"(?<==)(\"?)([^\s\"\\]+)", it.text):
                yield Edit(it.start + found.end(), it.start + found.end(), "x")
        elif it.name in {"USER", "WORKDIR"}:
            yield Edit(it.start + len(it.text) - 1, it.start + len(it.text) - 1, "x")
        elif it.name in {"CMD", "ENTRYPOINT"}:
            for found in re.finditer(r"\w(?=\")", it.text):
                yield Edit(it.start + found.end(), it.start + found.end(), "x")


def change_a_number(text: str) -> Iterator[Edit]:
    """Another mode, port or time."""
    for it in _instructions(text):
        if it.name in {"COPY", "EXPOSE", "HEALTHCHECK"}:
            for found in re.finditer(r"(?<=[= :])\d+(?=[\s/s])", it.text):
                at = it.start + found.start()
                yield Edit(at, at + len(found[0]), str(int(found[0]) * 2))


def swap_a_stage(text: str) -> Iterator[Edit]:
    """A stage stands on another one, or takes its files from another one."""
    stages = re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE)
    images = re.findall(r"\$\{\w+_IMAGE\}", text)
    for found in re.finditer(r"(?<=^FROM )\S+|(?<=--from=)\S+", text, re.MULTILINE):
        others = [it for it in [*stages, *images] if it != found[0]]
        if others:
            yield Edit(found.start(), found.end(), others[0])


RULES: tuple[Rule, ...] = (
    comment_out,
    replace_by_echo,
    drop_a_flag,
    drop_a_word,
    change_a_value,
    change_a_number,
    swap_a_stage,
)
