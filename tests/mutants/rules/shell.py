"""Shell scripts: mistakes in commands, conditions, options, numbers and names."""

import re
from collections.abc import Iterator

from tests.mutants.mutant import Edit, Rule

__all__ = ["RULES", "commands"]

# From the start of a line to its end, with the lines that it goes on on.
_LOGICAL = re.compile(r"^(?:[^\n]*(?:\\|&&|\|\||\|)\n)*[^\n]*", re.MULTILINE)
_STRUCTURE = re.compile(
    r"(if|elif|then|else|fi|for|while|until|do|done|case|esac|local|;;|\{|\}|\w+\(\))(?!\w)|.*\)$|\*\)"
)
_NO_COMMAND = re.compile(r"[\w]+\+?=|export |local |\(\(|\[ |trap |exit |set |\. |exec \{|return")
_FLAG = re.compile(r"(?<=\s)--?[A-Za-z][\w-]*(?:=[^\s\\)]+)?(?=[\s\\;)]|$)")
_NUMBER = re.compile(r"(?<![\w.$&{>-])\d+(?:\.\d+)?(?![\w.>}])")
_TEXT = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|(?:^|(?<=\s))#[^\n]*", re.MULTILINE)
_OPPOSITES = {
    "[ -n ": "[ -z ",
    "[ -z ": "[ -n ",
    "[ -f ": "[ ! -f ",
    " && ": " || ",
    " || ": " && ",
    " = ": " != ",
    " < ": " >= ",
    " == ": " != ",
    "if ! ": "if ",
}
# What ends a process or removes a file is left alone: a mistake in it may reach anything.
_DANGEROUS = re.compile(r"\b(kill|rm|mv)\b")


def commands(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line that is no comment and no mere structure, with where it begins."""
    for found in _LOGICAL.finditer(text):
        line = found[0]
        indent = len(line) - len(line.lstrip())
        bare = line.strip()
        if bare and not bare.startswith("#"):
            yield found.start() + indent, line[indent:]


def _mutable(text: str) -> Iterator[tuple[int, str]]:
    for start, line in commands(text):
        if not _DANGEROUS.search(line):
            yield start, line


def remove_a_command(text: str) -> Iterator[Edit]:
    """It is forgotten; what must not be empty gets a `:`."""
    for start, line in commands(text):
        if not _STRUCTURE.match(line):
            yield Edit(start, start + len(line), ":")


def replace_by_echo(text: str) -> Iterator[Edit]:
    """It is only said."""
    for start, line in commands(text):
        if (
            not _STRUCTURE.match(line)
            and not _NO_COMMAND.match(line)
            and not line.startswith("say")
        ):
            yield Edit(start, start, "echo ")


def negate_a_condition(text: str) -> Iterator[Edit]:
    """The other way round."""
    for start, line in _mutable(text):
        for sign, other in _OPPOSITES.items():
            for found in re.finditer(re.escape(sign), line):
                if not _in_text(line, found.start()):
                    yield Edit(start + found.start(), start + found.end(), other)


def drop_a_flag(text: str) -> Iterator[Edit]:
    """A command lacks an option that it was given."""
    for start, line in _mutable(text):
        for found in _FLAG.finditer(line):
            if not _in_text(line, found.start()) and "[ " not in line:
                yield Edit(start + found.start(), start + found.end(), "")


def change_a_number(text: str) -> Iterator[Edit]:
    """Another limit, port, status or mode."""
    for start, line in _mutable(text):
        for found in _NUMBER.finditer(line):
            if not _in_text(line, found.start()):
                value = str(int(float(found[0]) * 2) or 1)
                yield Edit(start + found.start(), start + found.end(), value)


def change_a_default(text: str) -> Iterator[Edit]:
    """What holds where a variable is not set."""
    for found in re.finditer(r"(?<=:-)[^}\n]+(?=\})", text):
        if not _DANGEROUS.search(text[text.rfind("\n", 0, found.start()) + 1 : found.start()]):
            yield Edit(found.start(), found.end(), f"{found[0]}x")


def change_a_setting(text: str) -> Iterator[Edit]:
    """A variable that other programs read has another name."""
    for found in re.finditer(r"\b[A-Z][A-Z_]{4,}(?==)", text):
        yield Edit(found.start(), found.end(), f"{found[0]}_X")


def _in_text(line: str, at: int) -> bool:
    """Whether a place is in a quoted text or a comment."""
    return any(it.start() <= at < it.end() for it in _TEXT.finditer(line))


RULES: tuple[Rule, ...] = (
    remove_a_command,
    replace_by_echo,
    negate_a_condition,
    drop_a_flag,
    change_a_number,
    change_a_default,
    change_a_setting,
)
