"""The rounds that were played on one tree, and the verdicts that differ among them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from statistics import median

from pydantic import BaseModel, ConfigDict, ValidationError

from harness import whole
from harness.criteria.environment import Machine
from harness.criteria.verdict import Verdict
from harness.errors import ConfigError

__all__ = ["Agreement", "Difference", "Kind", "Round"]


class Kind(StrEnum):
    """What went on beside a round."""

    QUIET = "quiet"
    BUSY = "beside busy loops"
    PAIRED = "beside a round of another checkout"


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
        paired: Whether another checkout of the same tree was checked on the engine meanwhile.
        left: What was there when it had ended, and had not been there before.
    """

    loops: int
    started: datetime
    seconds: float
    load: float
    verdicts: dict[str, Verdict]
    reasons: dict[str, str]
    paired: bool = False
    left: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """What went on beside it."""
        if self.paired:
            return Kind.PAIRED
        return Kind.BUSY if self.loops else Kind.QUIET


class Difference(_Part):
    """A criterion whose verdicts differ.

    Attributes:
        criterion: Its id.
        counts: How often it got each verdict, in rounds of each kind; one that does not tell of it
            counts as `missing`.
        reasons: What was said where it did not pass.
    """

    criterion: str
    counts: dict[Kind, dict[str, int]]
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

    def of(self, kind: Kind) -> tuple[Round, ...]:
        """Return the rounds of one kind."""
        return tuple(it for it in self.rounds if it.kind is kind)

    def median(self, kind: Kind) -> float | None:
        """Return how long half of these rounds took at most; None where there is none."""
        seconds = [it.seconds for it in self.of(kind)]
        return round(median(seconds), 1) if seconds else None

    def left(self) -> list[str]:
        """Return what any of the rounds left behind, each thing once."""
        return list(dict.fromkeys(thing for it in self.rounds for thing in it.left))

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
            counts={kind: _counted(name, found) for kind in Kind if (found := self.of(kind))},
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
