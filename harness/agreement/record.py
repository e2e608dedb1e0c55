"""The rounds that were played on one tree, and the verdicts that differ among them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from statistics import median

from pydantic import BaseModel, ConfigDict, ValidationError

from harness import whole
from harness.criteria.environment import Machine
from harness.criteria.verdict import Verdict
from harness.errors import ConfigError

__all__ = ["Agreement", "Difference", "Round"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Round(_Part):
    """One run of the checks.

    Attributes:
        loops: How many busy loops ran beside it.
        started: When it began.
        seconds: How long it took.
        load: How many processes wanted a processor in its last minute.
        verdicts: The verdict of each criterion.
        reasons: Why a criterion did not pass.
    """

    loops: int
    started: datetime
    seconds: float
    load: float
    verdicts: dict[str, Verdict]
    reasons: dict[str, str]


class Difference(_Part):
    """A criterion whose verdicts differ.

    Attributes:
        criterion: Its id.
        quiet: How often it got each verdict with nothing beside it.
        busy: How often beside busy loops; a round that does not tell of it counts as `missing`.
        reasons: What was said where it did not pass.
    """

    criterion: str
    quiet: dict[str, int]
    busy: dict[str, int]
    reasons: tuple[str, ...]


class Agreement(_Part):
    """Rounds of the same checks on the same tree.

    Attributes:
        tree: SHA-256 over all sources of the checkout.
        revision: The commit; None where git knows none.
        chosen: The words that chose the checks.
    """

    tree: str
    revision: str | None
    chosen: tuple[str, ...]
    machine: Machine
    rounds: tuple[Round, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Agreement | None":
        """Read a record; None where there is none.

        Raises:
            ConfigError: It is something else.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise ConfigError(f"{path}: no record of rounds", "name another file") from error

    def continues(self, other: "Agreement") -> bool:
        """Whether rounds of both can be compared."""
        mine, theirs = (it.machine.model_copy(update={"load": 0.0}) for it in (self, other))
        same_machine = mine == theirs
        return same_machine and (self.tree, self.chosen) == (other.tree, other.chosen)

    def with_round(self, played: Round) -> "Agreement":
        """Return the record with one more round."""
        return self.model_copy(update={"rounds": (*self.rounds, played)})

    def write(self, path: Path) -> None:
        """Replace the file in one step, so that a killed series leaves its rounds."""
        path.parent.mkdir(parents=True, exist_ok=True)
        whole.replace(path, f"{self.model_dump_json(indent=1)}\n")
        path.chmod(0o644)  # it is published

    def of(self, *, busy: bool) -> tuple[Round, ...]:
        """Return the rounds beside busy loops, or the others."""
        return tuple(it for it in self.rounds if bool(it.loops) is busy)

    def median(self, *, busy: bool) -> float | None:
        """Return how long half of these rounds took at most; None where there is none."""
        seconds = [it.seconds for it in self.of(busy=busy)]
        return round(median(seconds), 1) if seconds else None

    def differences(self) -> list[Difference]:
        """Return the criteria that did not get the same verdict in every round."""
        criteria = dict.fromkeys(name for it in self.rounds for name in it.verdicts)
        return [
            self._difference(name)
            for name in criteria
            if len({it.verdicts.get(name) for it in self.rounds}) > 1
        ]

    def _difference(self, name: str) -> Difference:
        return Difference(
            criterion=name,
            quiet=_counted(name, self.of(busy=False)),
            busy=_counted(name, self.of(busy=True)),
            reasons=tuple(dict.fromkeys(_reasons(name, self.rounds))),
        )


def _counted(name: str, rounds: Iterable[Round]) -> dict[str, int]:
    found: dict[str, int] = {}
    for it in rounds:
        verdict = it.verdicts[name].value if name in it.verdicts else "missing"
        found[verdict] = found.get(verdict, 0) + 1
    return found


def _reasons(name: str, rounds: Iterable[Round]) -> Iterator[str]:
    yield from (it.reasons[name] for it in rounds if name in it.reasons)
