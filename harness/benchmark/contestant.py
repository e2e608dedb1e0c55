"""Who is compared, and what must hold: a table in TOML."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.errors import ConfigError

__all__ = ["Claims", "Contestant", "Table", "schedule"]

Words = tuple[str, ...]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Contestant(_Part):
    """One way to bring a save live; contestants.toml says what each key means."""

    name: Name
    title: str
    rounds: Annotated[int, Field(ge=1)]
    command: Words = ()
    environment: dict[str, str] = {}
    compose: str = ""
    beside: Words = ()
    version: Words = ()
    settings: str


class Claims(_Part):
    """What must hold for the comparison to pass.

    Attributes:
        ours: The contestant that is held to it.
        reference: The one that it is measured against.
        times_faster: How many times our median must fit into the other's, at least.
        failed: How many of our requests may fail.
    """

    ours: str
    reference: str
    times_faster: float
    failed: int


class Table(_Part):
    """All contestants.

    Attributes:
        versions: Commands that tell the version of what everything rests on, by its name.
    """

    claims: Claims
    versions: dict[str, Words] = {}
    contestants: Annotated[tuple[Contestant, ...], Field(alias="contestant")]

    @classmethod
    def load(cls, path: Path) -> "Table":
        """Read the table.

        Raises:
            ConfigError: It cannot be read, or something in it does not fit.
        """
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: no valid TOML: {error}", "mend that line") from error
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"]) or "the table"
            raise ConfigError(f"{path}: {where}: {problem['msg']}", "see its comments") from error

    @model_validator(mode="after")
    def _names_fit(self) -> "Table":
        names = [it.name for it in self.contestants]
        if len(set(names)) < len(names):
            raise ValueError("two contestants have one name")
        for name in (self.claims.ours, self.claims.reference):
            if name not in names:
                raise ValueError(f"claims: no contestant {name!r}")
        return self


def schedule(rounds: dict[str, int]) -> list[str]:
    """Spread everybody's rounds evenly over the run, so that all meet the machine in every mood.

    Args:
        rounds: How many rounds each has, by its name.

    Returns:
        Whose turn it is, round by round.
    """
    due = [((number + 0.5) / of, name) for name, of in rounds.items() for number in range(of)]
    return [name for _, name in sorted(due, key=lambda it: it[0])]
