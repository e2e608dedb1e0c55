"""Quantities with a unit, as criteria.toml writes its limits: "5 s", "4 GiB", "100 MB", "80 %"."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer

from harness.errors import ConfigError

__all__ = ["Kind", "Limit", "Quantity", "shown"]

Kind = Literal["time", "size", "share"]
"""What a unit is a unit of; only quantities of one kind can be compared."""

# Each unit's kind, and how many of the kind's base unit (seconds, bytes, parts of one) it is.
_UNITS: dict[str, tuple[Kind, float]] = {
    "ms": ("time", 1e-3),
    "s": ("time", 1),
    "min": ("time", 60),
    "h": ("time", 3600),
    "B": ("size", 1),
    "kB": ("size", 1e3),
    "MB": ("size", 1e6),
    "GB": ("size", 1e9),
    "KiB": ("size", 2**10),
    "MiB": ("size", 2**20),
    "GiB": ("size", 2**30),
    "%": ("share", 1e-2),
}

_DIGITS = 3
_ALL = 100.0

_FORM = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z%]+)\s*")


@dataclass(frozen=True)
class Quantity:
    """A number and its unit.

    Attributes:
        value: The number, in `unit`.
        unit: One of ms, s, min, h, B, kB, MB, GB, KiB, MiB, GiB, %.
    """

    value: float
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Quantity":
        """Read "5 s" or "4 GiB".

        Raises:
            ValueError: It is no number with a unit that is known.
        """
        match = _FORM.fullmatch(text)
        if not match or match[2] not in _UNITS:
            known = ", ".join(_UNITS)
            raise ValueError(f"{text!r} is no number with one of the units {known}")
        return cls(float(match[1]), match[2])

    @property
    def kind(self) -> Kind:
        """What it is a quantity of."""
        return _UNITS[self.unit][0]

    @property
    def base(self) -> float:
        """The value in seconds, bytes, or parts of one."""
        return self.value * _UNITS[self.unit][1]

    def require(self, kind: Kind) -> None:
        """See that what is held to this limit is of its kind.

        Raises:
            ConfigError: It is of another, so that the limit says nothing of it.
        """
        if self.kind != kind:
            units = ", ".join(name for name, (it, _) in _UNITS.items() if it == kind)
            problem = f"{self} is a {self.kind}, and what it limits is a {kind}"
            raise ConfigError(problem, f"give it in one of the units {units}")

    def convert(self, other: "Quantity") -> float:
        """Return another quantity's value in this one's unit.

        Raises:
            ConfigError: It is of another kind.
        """
        self.require(other.kind)
        return other.value if other.unit == self.unit else other.base / _UNITS[self.unit][1]

    def __str__(self) -> str:
        # All its digits and no exponent, so that what is written is read as the same.
        return f"{Decimal(repr(self.value)).normalize():f} {self.unit}"


def shown(value: float, unit: str, limit: float | None = None) -> str:
    """Write a number with its unit in three digits, or all that stand before the point.

    What rounds to its limit, or to all of something, and is not that, gets as many as tell it.
    """
    others = {limit, _ALL if unit == "%" else None} - {value}
    digits = max(_DIGITS, len(f"{abs(value):.0f}"))
    while float(f"{value:.{digits}g}") in others:
        digits += 1
    return f"{float(f'{value:.{digits}g}'):,.{digits}g} {unit}"


def _parse(value: object) -> Quantity:
    if isinstance(value, Quantity):
        return value
    if isinstance(value, str):
        return Quantity.parse(value)
    raise ValueError('must be a text such as "5 s"')


Limit = Annotated[Quantity, BeforeValidator(_parse), PlainSerializer(str)]
"""A quantity as a field of a model: read from text, written as text."""
