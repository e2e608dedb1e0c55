"""What a check concludes: a verdict, its reason, and what was measured."""

import operator
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, FiniteFloat, computed_field, model_validator

from harness.criteria.quantity import Quantity, shown

__all__ = ["Bound", "Judgement", "Measurement", "Verdict", "combine"]

Bound = Literal["below", "at most", "above", "equal"]
"""How a value must stand to its limit for the criterion to hold."""

_SIGNS: dict[Bound, str] = {"below": "<", "at most": "≤", "above": ">", "equal": "="}
_HOLDS: dict[Bound, Callable[[float, float], bool]] = {
    "below": operator.lt,
    "at most": operator.le,
    "above": operator.gt,
    "equal": operator.eq,
}


class Verdict(StrEnum):
    """Whether a criterion holds; `unverified` is no pass, and a gate counts it as missing."""

    PASSED = "passed"
    FAILED = "failed"
    UNVERIFIED = "unverified"


class Measurement(BaseModel):
    """A measured value beside the limit that it is held to.

    Attributes:
        name: What was measured, for example "p95".
        value: The value, in `unit`.
        unit: The limit's unit.
        limit: The limit, in the same unit; None where the value is only told.
        bound: How the value must stand to the limit.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    value: FiniteFloat  # JSON has no other
    unit: str
    limit: FiniteFloat | None = None
    bound: Bound = "below"

    @classmethod
    def of(
        cls, name: str, value: Quantity, limit: Quantity, bound: Bound = "below"
    ) -> "Measurement":
        """Hold a quantity, for example `Quantity(2.5, "s")`, to a limit of its kind.

        Raises:
            ConfigError: The limit is of another kind.
        """
        return cls(
            name=name, value=limit.convert(value), unit=limit.unit, limit=limit.value, bound=bound
        )

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def headroom(self) -> float | None:
        """How far from the limit, in parts of it: positive is on the good side."""
        if not self.limit or self.bound == "equal":
            return None
        distance = (self.limit - self.value) / self.limit
        return -distance if self.bound == "above" else distance

    @property
    def sign(self) -> str:
        """What stands between value and limit where the limit is kept."""
        return _SIGNS[self.bound]

    @property
    def within(self) -> bool:
        """Whether the limit is kept; one that is not set always is."""
        if self.limit is None:
            return True
        return _HOLDS[self.bound](self.value, self.limit)

    def __str__(self) -> str:
        must = "" if self.within else "must be "
        limit = "" if self.limit is None else f" ({must}{self.sign} {self.limit:g} {self.unit})"
        return f"{self.name} {shown(self.value, self.unit, self.limit)}{limit}"


class Judgement(BaseModel):
    """What one check concludes about one criterion.

    Attributes:
        verdict: Whether it holds.
        reason: Why not; empty only for a pass.
        measurements: What was measured.
        note: What was observed, where the claim alone would be taken for more than that.
    """

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    reason: str = ""
    measurements: tuple[Measurement, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _is_explained(self) -> Self:
        if (self.verdict is Verdict.PASSED) == bool(self.reason):
            raise ValueError("a pass has no reason; everything else has one")
        return self

    @classmethod
    def of(
        cls,
        problems: Sequence[str] = (),
        *,
        unknown: Sequence[str] = (),
        measurements: Sequence[Measurement] = (),
    ) -> "Judgement":
        """Conclude from what was found.

        Args:
            problems: What contradicts the criterion; any of them fails it.
            unknown: What could not be found out; without problems, any leaves it unverified.
            measurements: What was measured; one beyond its limit is a problem.
        """
        beyond = [str(it) for it in measurements if not it.within]
        found = [*problems, *beyond]
        if found:
            verdict, reasons = Verdict.FAILED, found
        else:
            verdict = Verdict.UNVERIFIED if unknown else Verdict.PASSED
            reasons = list(unknown)
        return cls(verdict=verdict, reason="; ".join(reasons), measurements=tuple(measurements))

    @classmethod
    def unverified(cls, reason: str) -> "Judgement":
        """Conclude that it could not be found out."""
        return cls(verdict=Verdict.UNVERIFIED, reason=reason)


def combine(judgements: Sequence[Judgement]) -> Judgement:
    """Return a criterion's verdict from all its checks: it passes only if each of them does.

    Args:
        judgements: One for each check, those that did not run included.
    """
    measurements = tuple(it for judgement in judgements for it in judgement.measurements)
    note = "; ".join(dict.fromkeys(it.note for it in judgements if it.note))
    told: dict[str, Any] = {"measurements": measurements, "note": note}
    for verdict in (Verdict.FAILED, Verdict.UNVERIFIED):
        reasons = dict.fromkeys(it.reason for it in judgements if it.verdict is verdict)
        if reasons:
            return Judgement(verdict=verdict, reason="; ".join(reasons), **told)
    if not judgements:
        return Judgement.unverified("no check yet")
    return Judgement(verdict=Verdict.PASSED, **told)
