"""criteria.toml, typed: every error names the file, the line, the criterion and the key."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.criteria import kinds
from harness.criteria.quantity import Kind, Limit
from harness.errors import ConfigError

__all__ = ["Catalog", "Criterion", "Gate", "Priority", "Proof"]

_ADVICE = "the top of acceptance/criteria.toml says what each key takes"
_NEAR = 0.8
"""How alike two ids must be, from 0 to 1, for one to be taken for the other."""
_HEADER = re.compile(r"\s*\[\[\s*criterion\s*\]\]")


class Priority(StrEnum):
    """How much the PRD wants it."""

    P0 = "P0"
    P1 = "P1"


class Proof(StrEnum):
    """The strongest evidence that a check must rest on."""

    RUN = "run"
    BUILD = "build"
    READ = "read"


class Gate(StrEnum):
    """Which evidence a release accepts: on this very revision, or at most seven days old."""

    RELEASE = "release"
    PERIODIC = "periodic"


class Criterion(BaseModel):
    """One acceptance criterion of the PRD."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]*-[0-9]+(\.[0-9]+)?$")]
    priority: Priority
    claim: Annotated[str, Field(min_length=1)]
    proof: Proof
    gate: Gate
    observe: Annotated[str, Field(min_length=1)]
    limit: Limit | None = None


@dataclass(frozen=True)
class Catalog:
    """All criteria, in the order of their files, by their ids."""

    criteria: dict[str, Criterion]

    @classmethod
    def load(cls, *paths: Path) -> "Catalog":
        """Read criteria from files; a project's own come after the PRD's.

        Raises:
            ConfigError: A file cannot be read, is no TOML, has a key or value that does not fit, an
                id stands twice, or a limit is of another kind than what it is held against.
        """
        judges = dict.fromkeys(path.parent for path in paths)
        return cls.of(((str(path), _text(path)) for path in paths), *judges)

    @classmethod
    def parse(cls, text: str, name: str) -> "Catalog":
        """Read criteria from a text; `name` says in messages where it is from.

        Raises:
            ConfigError: As `load`.
        """
        return cls.of([(name, text)])

    @classmethod
    def of(cls, texts: Iterable[tuple[str, str]], *judges: Path) -> "Catalog":
        """Read criteria from texts, each with the name that messages give it.

        Args:
            texts: The names and the texts.
            judges: Directories that hold judges, besides the PRD's.

        Raises:
            ConfigError: As `load`.
        """
        measured = kinds.kinds(kinds.OWN, *judges)
        criteria: dict[str, Criterion] = {}
        places: dict[str, str] = {}
        for name, text in texts:
            for index, criterion in enumerate(_read(name, text)):
                place = f"{name}:{_line_of(text, index)}"
                if criterion.id in criteria:
                    problem = f"{place}: {criterion.id}: stands at {places[criterion.id]} already"
                    raise ConfigError(problem, "give it another id")
                _see_kind(f"{name}:{_line_of(text, index, 'limit')}", criterion, measured)
                criteria[criterion.id], places[criterion.id] = criterion, place
        return cls(criteria)

    def __getitem__(self, name: str) -> Criterion:
        """Return a criterion.

        Raises:
            ConfigError: There is none of that id; the message names the nearest one.
        """
        try:
            return self.criteria[name]
        except KeyError:
            # What begins with other letters is another chapter, however near its number.
            same = [it for it in self.criteria if _letters(it) == _letters(name)]
            near = difflib.get_close_matches(name.upper(), same, n=1, cutoff=_NEAR)
            advice = f"did you mean {near[0]}?" if near else "see acceptance/criteria.toml"
            raise ConfigError(f"there is no criterion {name!r}", advice) from None

    def __contains__(self, name: object) -> bool:
        return name in self.criteria

    def __iter__(self) -> Iterator[Criterion]:
        return iter(self.criteria.values())

    def __len__(self) -> int:
        return len(self.criteria)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error


def _letters(name: str) -> str:
    return "".join(takewhile(str.isalpha, name.upper()))


def _see_kind(place: str, criterion: Criterion, measured: Mapping[str, Kind]) -> None:
    """Refuse a limit that its criterion's judge cannot compare with what it measures."""
    if criterion.limit is None or criterion.id not in measured:
        return
    try:
        criterion.limit.require(measured[criterion.id])
    except ConfigError as error:
        problem = f"{place}: {criterion.id}: limit: {error.message}"
        raise ConfigError(problem, error.advice) from error


def _read(name: str, text: str) -> Iterator[Criterion]:
    document = _parse(name, text)
    entries = document.pop("criterion", None)
    if document or not isinstance(entries, list):
        found = ", ".join(document) or "nothing"
        raise ConfigError(f"{name}: only [[criterion]] tables belong here, there is {found}")
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            problem = f"{name}: criterion {index + 1} is {entry!r}, and no table"
            raise ConfigError(problem, "begin each with [[criterion]]")
        yield _criterion(name, text, index, entry)


def _parse(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: no valid TOML: {error}", "mend that line") from error


def _criterion(place: str, text: str, index: int, entry: dict[str, Any]) -> Criterion:
    try:
        return Criterion.model_validate(entry)
    except ValidationError as error:
        name = entry.get("id", f"criterion {index + 1}")
        key, what = _problem(error, entry)
        line = _line_of(text, index, key)
        raise ConfigError(f"{place}:{line}: {name}: {key}: {what}", _ADVICE) from error


def _problem(error: ValidationError, entry: dict[str, Any]) -> tuple[str, str]:
    """Return the key that is wrong, and what is; a misspelt one before the one that it was for."""
    unknown = [key for key in entry if key not in Criterion.model_fields]
    if unknown:
        others = "".join(f"; {key}: {_unknown(key)}" for key in unknown[1:])
        return unknown[0], _unknown(unknown[0]) + others
    first = error.errors()[0]
    key = str(first["loc"][0])
    if first["type"] == "string_pattern_mismatch":
        return key, f"{first['input']!r} is none; write it like X-1.1 or X-1"
    return key, first["msg"].removeprefix("Value error, ")


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, Criterion.model_fields, n=1)
    return f"unknown key, did you mean {near[0]}?" if near else "unknown key"


def _line_of(text: str, index: int, key: str = "") -> int:
    """Find the line of the criterion of this index, or of a key in it; tomllib keeps none."""
    seen, start = -1, 1
    for number, line in enumerate(text.splitlines(), 1):
        if _HEADER.match(line):
            seen += 1
            start = number if seen == index else start
        elif key and seen == index and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
    return start
