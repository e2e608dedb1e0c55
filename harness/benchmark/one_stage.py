"""What came of building the same content by stages and by one naive stage."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from harness.criteria.environment import EngineInfo, Machine

__all__ = ["Built", "OneStage", "Step"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Built(_Part):
    """An image, and how much of it a change has built again.

    Attributes:
        bytes: Of all its layers, uncompressed.
        rebuild_seconds: A build after a change of sources alone, export included.
        stale: The changed files that the image did not hold after that.
        by_count: The share of steps found done over the recorded pull requests; None where a
            build's record lacks a step.
        by_seconds: The same of the time that all steps would have taken; None where a step that
            was found done was never timed on this machine.
    """

    bytes: int
    rebuild_seconds: float
    stale: tuple[str, ...]
    by_count: float | None
    by_seconds: float | None


class Step(_Part):
    """A step of the one stage, and the seconds that it took when nothing was there."""

    instruction: str
    seconds: float


class OneStage(_Part):
    """All of one run.

    Attributes:
        at: When it began; the machine's load is of then, too.
        processor: What the machine calls its processors.
        stages: The production image: all measured.
        naive: The same content by one stage: size and rebuild measured, the shares worked out.
        cold_seconds: What the one stage took with nothing there, export included.
        steps: Its steps in that build.
        again: Seconds of the steps that run again after a change of a file, by its name; worked
            out from the steps.
        rust_differs: The files of Rust's tools that are not the same in both, byte for byte, though
            both compiled them from nothing; None in a record from before that was looked at.
    """

    at: datetime
    machine: Machine
    processor: str
    engine: EngineInfo
    stages: Built
    naive: Built
    cold_seconds: float
    steps: tuple[Step, ...]
    again: dict[str, float]
    rust_differs: tuple[str, ...] | None = None
