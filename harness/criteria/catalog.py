"""criteria.toml, typed: every error names the file, the line, the criterion and the key."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.criteria.quantity import Limit
from harness.errors import ConfigError

__all__ = ["Catalog", "Criterion", "Gate", "Priority", "Proof"]

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
            ConfigError: A file cannot be read, is no TOML, has a key or value that does not fit, or
                an id stands twice.
        """
        return cls.of((str(path), _text(path)) for path in paths)

    @classmethod
    def parse(cls, text: str, name: str) -> "Catalog":
        """Read criteria from a text; `name` says in messages where it is from.

        Raises:
            ConfigError: As `load`.
        """
        return cls.of([(name, text)])

    @classmethod
    def of(cls, texts: Iterable[tuple[str, str]]) -> "Catalog":
        """Read criteria from texts, each with the name that messages give it.

        Raises:
            ConfigError: As `load`.
        """
        criteria: dict[str, Criterion] = {}
        for name, text in texts:
            for number, criterion in _read(name, text):
                if criterion.id in criteria:
                    raise ConfigError(
                        f"{name}:{number}: {criterion.id}: stands twice", "give it another id"
                    )
                criteria[criterion.id] = criterion
        return cls(criteria)

    def __getitem__(self, name: str) -> Criterion:
        """Return a criterion.

        Raises:
            ConfigError: There is none of that id; the message names the nearest one.
        """
        try:
            return self.criteria[name]
        except KeyError:
            near = difflib.get_close_matches(name, self.criteria, n=1)
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


def _read(name: str, text: str) -> Iterator[tuple[int, Criterion]]:
    document = _parse(name, text)
    entries = document.pop("criterion", None)
    if document or not isinstance(entries, list):
        found = ", ".join(document) or "nothing"
        raise ConfigError(f"{name}: only [[criterion]] tables belong here, there is {found}")
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            problem = f"{name}: criterion {index + 1} is {entry!r}, and no table"
            raise ConfigError(problem, "begin each with [[criterion]]")
        yield _line_of(text, index), _criterion(name, text, index, entry)


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
        problem = error.errors()[0]
        key = str(problem["loc"][0])
        what = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
        line = _line_of(text, index, key)
        raise ConfigError(
            f"{place}:{line}: {name}: {key}: {what}", "the top of the file says what each key takes"
        ) from error


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
