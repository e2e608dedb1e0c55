"""YAML and JSON: mistakes in keys, items and values, found by a parser and made in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import yaml

from tests.mutants.mutant import Edit, Rule

__all__ = ["RULES", "Part", "parts"]

_NUMBER = re.compile(r"(?<![\w.-])(\d+)(?=[A-Za-z]{0,2}(?![\w.]))")
_FLAG = re.compile(r" --?[A-Za-z][\w-]*(?:[ =](?![-&|\\])[^\s\\]+)?")
_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*')
_WIDER = {"read": "write", "{}": "write-all", "127.0.0.1": "0.0.0.0"}  # noqa: S104 -- the mistake


@dataclass(frozen=True)
class Part:
    """A key with its value, or an item of a list.

    Attributes:
        path: The keys that lead to it; an item has its number.
        start: Where it begins; for a key, the key.
        end: Where it ends.
        value: The value.
        cut: What to take out to be rid of it.
    """

    path: tuple[str, ...]
    start: int
    end: int
    value: yaml.Node
    cut: tuple[int, int] | None


@cache
def parts(text: str) -> tuple[Part, ...]:
    """Return all keys and items of a document, outer ones first."""
    plain = _COMMENT.sub(lambda it: it[1] or " " * len(it[0]), text) if _is_json(text) else text
    root = yaml.compose(plain)
    return tuple(_below(plain, root, ())) if root is not None else ()


def _is_json(text: str) -> bool:
    return text.lstrip().startswith(("{", "//"))


def _below(text: str, node: yaml.Node, path: tuple[str, ...]) -> Iterator[Part]:
    if isinstance(node, yaml.MappingNode):
        entries = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        entries = [(str(number), value, value) for number, value in enumerate(node.value)]
    else:
        return
    spans = [(first.start_mark.index, _end(text, value)) for _, first, value in entries]
    for number, (name, _, value) in enumerate(entries):
        cut = _flow_cut(spans, number) if node.flow_style else _block_cut(text, spans, number)
        yield Part((*path, name), *spans[number], value, cut)
        yield from _below(text, value, (*path, name))


def _end(text: str, node: yaml.Node) -> int:
    """Return where a value ends, without the lines of comments that follow a block."""
    kept = text[node.start_mark.index : node.end_mark.index]
    while (stripped := re.sub(r"\n[ \t]*(#[^\n]*)?\Z", "", kept)) != kept:
        kept = stripped
    return node.start_mark.index + len(kept)


def _flow_cut(spans: list[tuple[int, int]], number: int) -> tuple[int, int]:
    start, end = spans[number]
    if number + 1 < len(spans):
        return start, spans[number + 1][0]
    return (spans[number - 1][1], end) if number else (start, end)


def _block_cut(text: str, spans: list[tuple[int, int]], number: int) -> tuple[int, int] | None:
    """Whole lines; of the first key after a dash only the key."""
    start, end = spans[number]
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    if text[first:start].strip() in {"", "-"} and not _is_first_of_item(text, first, start, spans):
        return first, last + 1 if last >= 0 else len(text)
    return (start, spans[number + 1][0]) if number + 1 < len(spans) else None


def _is_first_of_item(text: str, first: int, start: int, spans: list[tuple[int, int]]) -> bool:
    """Whether a mapping that is an item of a list begins here: its dash must stay."""
    is_key = re.match(r"[\w.$-]+:", text[start:]) is not None
    return "-" in text[first:start] and is_key and spans[0][0] == start and len(spans) > 0


def remove_a_key_or_item(text: str) -> Iterator[Edit]:
    """What stood there is gone."""
    yield from (Edit(*it.cut, "") for it in parts(text) if it.cut)


def change_a_value(text: str) -> Iterator[Edit]:
    """The other truth value, another number, a text that names something else."""
    for part in parts(text):
        if isinstance(part.value, yaml.ScalarNode) and part.path[-1] not in {"run", "if"}:
            start, end = part.value.start_mark.index, part.value.end_mark.index
            yield Edit(start, end, _other(text[start:end]))


def widen_a_permission(text: str) -> Iterator[Edit]:
    """Write instead of read, everybody instead of this machine."""
    for part in parts(text):
        start, end = part.value.start_mark.index, part.value.end_mark.index
        value = text[start:end]
        for narrow, wide in _WIDER.items():
            if value == narrow or (narrow[0].isdigit() and narrow in value and "\n" not in value):
                yield Edit(start, end, value.replace(narrow, wide))


def negate_a_condition(text: str) -> Iterator[Edit]:
    """It holds when it should not."""
    for part in parts(text):
        if part.path[-1] == "if":
            start, end = part.value.start_mark.index, part.value.end_mark.index
            yield Edit(start, end, f"${{{{ !({text[start:end].strip(chr(34))}) }}}}")


def change_a_path_pattern(text: str) -> Iterator[Edit]:
    """One level instead of all."""
    yield from (Edit(it.start(), it.end(), "/*") for it in re.finditer(r"/\*\*(?=\W)", text))


def drop_a_flag(text: str) -> Iterator[Edit]:
    """A command lacks an option that it was given."""
    for start, command in _commands(text):
        for flag in _FLAG.finditer(command):
            yield Edit(start + flag.start(), start + flag.end(), "")


def replace_by_echo(text: str) -> Iterator[Edit]:
    """A command is only said."""
    yield from (Edit(start, start, "echo ") for start, _ in _commands(text))


def _commands(text: str) -> Iterator[tuple[int, str]]:
    for part in parts(text):
        if part.path[-1] == "run" or part.path[:-1] == ("scripts",):
            start = part.value.start_mark.index
            raw = text[start : part.value.end_mark.index]
            skipped = len(raw) - len(raw.lstrip("\"'|\n "))
            yield start + skipped, raw[skipped:]


def _other(value: str) -> str:
    if value in {"true", "false"}:
        return "false" if value == "true" else "true"
    number = _NUMBER.search(value)
    if number and re.fullmatch(r"['\"]?\d+[A-Za-z]{0,2}['\"]?", value):
        return value.replace(number[1], str(int(number[1]) * 2 or 1))
    if re.fullmatch(r"['\"]?[\d*/, -]+ \*['\"]?|['\"]?(?:[\d*/,-]+ ){4}[\d*,-]+['\"]?", value):
        return '"0 0 1 * *"'  # a schedule: once a month
    quote = value[-1] if value.endswith(("'", '"')) else ""
    return f"{value.removesuffix(quote)}x{quote}"


RULES: tuple[Rule, ...] = (
    remove_a_key_or_item,
    change_a_value,
    widen_a_permission,
    negate_a_condition,
    change_a_path_pattern,
    drop_a_flag,
    replace_by_echo,
)
