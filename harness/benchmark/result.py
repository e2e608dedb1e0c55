"""What came of a comparison: every save of every contestant, and where it was made."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from harness.benchmark.contestant import Contestant
from harness.criteria.environment import EngineInfo, ImageInfo, Machine
from harness.quantile import quantile

__all__ = ["Broken", "Comparison", "Entry", "Turn", "seconds_of"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Turn(_Part):
    """One save.

    Attributes:
        seconds: From the save to the first answer that carried it; None where none did in time.
        asked: How many requests were made around it.
        failed: How many of them were refused, broken off, late, or not answered by the layer.
        stale: How many were answered without the save after it had been served.
        slowest: The longest that an answered request took, in seconds.
        settled: Whether it came to rest afterwards.
    """

    seconds: float | None
    asked: int
    failed: int
    stale: int
    slowest: float
    settled: bool


class Broken(_Part):
    """A save with a syntax error, and the good one after it.

    Attributes:
        asked: How many requests were made in between.
        failed: How many of them failed.
        seconds: From the good save to the first answer that carried it; None where none did.
    """

    asked: int
    failed: int
    seconds: float | None

    @property
    def serves_on(self) -> bool:
        """Whether every request was answered, and the good save was served."""
        return not self.failed and self.seconds is not None


class Entry(_Part):
    """A contestant and its saves.

    Attributes:
        contestant: Who it is, and how it was set up.
        version: Of the program, as it tells it; empty if it has none of its own.
        turns: One for each save, in order.
        broken: What a syntax error did; None if there was no time left for it.
    """

    contestant: Contestant
    version: str
    turns: tuple[Turn, ...]
    broken: Broken | None

    @property
    def seconds(self) -> tuple[float, ...]:
        """From save to answer, of the saves that were served."""
        return seconds_of(self.turns)

    @property
    def lost(self) -> int:
        """How many saves were never served."""
        return len(self.turns) - len(self.seconds)

    @property
    def asked(self) -> int:
        """How many requests were made."""
        return sum(it.asked for it in self.turns)

    @property
    def failed(self) -> int:
        """How many requests failed."""
        return sum(it.failed for it in self.turns)

    @property
    def median(self) -> float | None:
        """The median of the saves that were served; None where none was."""
        return quantile(self.seconds, 0.5) if self.seconds else None


class Comparison(_Part):
    """All of one run.

    Attributes:
        at: When it began.
        processor: What the machine calls its processors.
        versions: Of what everything rests on, by name.
        foreign: What part of the processors other programs had meanwhile, from 0 to 1.
        seconds: How long all of it took.
        ours: The name of the contestant that is ours.
        entries: One for each contestant.
    """

    at: datetime
    machine: Machine
    processor: str
    engine: EngineInfo
    image: ImageInfo
    versions: dict[str, str]
    foreign: float
    seconds: float
    ours: str
    entries: tuple[Entry, ...]

    def entry(self, name: str) -> Entry:
        """Return the contestant of that name."""
        return next(it for it in self.entries if it.contestant.name == name)


def seconds_of(turns: Iterable[Turn]) -> tuple[float, ...]:
    """Return the seconds from save to answer, of the saves that were served."""
    return tuple(it.seconds for it in turns if it.seconds is not None)
