"""The figures of the reload by themselves: at each pace, with many files, on a busy machine."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from harness.benchmark.asker import Answer
from harness.benchmark.result import Turn, seconds_of
from harness.criteria.environment import EngineInfo, Machine
from harness.quantile import quantile

__all__ = ["Crowd", "Figures", "Series"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Series(_Part):
    """Saves at one pace.

    Attributes:
        every: Seconds from save to save.
        seconds: From each save to the first answer that carried it or a later one.
        lost: How many saves were never served.
        asked: How many requests were made meanwhile, 20 a second.
        failed: How many of them were not answered by the layer.
    """

    every: float
    seconds: tuple[float, ...]
    lost: int
    asked: int
    failed: int

    @classmethod
    def of(
        cls, every: float, seconds: Sequence[float | None], answers: Sequence[Answer]
    ) -> "Series":
        """Return the series that these answers tell of."""
        return cls(
            every=every,
            seconds=tuple(round(it, 3) for it in seconds if it is not None),
            lost=sum(it is None for it in seconds),
            asked=len(answers),
            failed=sum(it.value is None for it in answers),
        )

    @property
    def saves(self) -> int:
        """How many saves there were."""
        return len(self.seconds) + self.lost

    @property
    def median(self) -> float:
        """Half of the saves that were served, at least one, were so at least as soon."""
        return quantile(self.seconds, 0.5)

    @property
    def p95(self) -> float:
        """95 of 100 saves that were served, at least one, were so at least as soon."""
        return quantile(self.seconds, 0.95)


class Crowd(_Part):
    """Saves beside so many other files.

    Attributes:
        files: How many .ts files the layer's directory held.
        turns: One for each save.
    """

    files: int
    turns: tuple[Turn, ...]

    @property
    def saves(self) -> int:
        """How many saves there were."""
        return len(self.turns)

    @property
    def seconds(self) -> tuple[float, ...]:
        """From save to answer, of the saves that were served."""
        return seconds_of(self.turns)

    @property
    def median(self) -> float:
        """Half of the saves that were served, at least one, were so at least as soon."""
        return quantile(self.seconds, 0.5)


class Figures(_Part):
    """All of one run.

    Attributes:
        at: When it began.
        processor: What the machine calls its processors.
        foreign: What part of the processors other programs had while there were no busy loops,
            from 0 to 1.
        paces: One series for each pace, the slowest first.
        beside_loops: Saves at the slowest pace, beside two busy loops.
        crowds: Saves with few files and with many, turn by turn.
        gateway_bytes: Resident memory of the gateway that serves.
        standby_bytes: Resident memory of the one that is kept warm.
        seconds_per_save: Processor seconds of the container for each save, at the slowest pace.
    """

    at: datetime
    machine: Machine
    processor: str
    engine: EngineInfo
    foreign: float
    paces: tuple[Series, ...]
    beside_loops: Series
    crowds: tuple[Crowd, Crowd]
    gateway_bytes: int
    standby_bytes: int
    seconds_per_save: float

    @property
    def growth(self) -> float:
        """How much longer a save takes with many files, in parts of one with few."""
        few, many = self.crowds
        return many.median / few.median - 1
