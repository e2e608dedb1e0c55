"""Several values that are all held to one limit."""

from collections.abc import Mapping

from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Measurement

__all__ = ["held_to"]


def held_to(
    values: Mapping[str, int | None], limit: Quantity
) -> tuple[list[str], list[Measurement]]:
    """Compare values that must equal a limit.

    Args:
        values: Bytes by what they limit; None where nothing is limited.
        limit: What each of them must be.

    Returns:
        A problem for each that is not limited, and a measurement for each other.
    """
    unlimited = [f"{name} is not limited" for name, value in values.items() if value is None]
    measured = [
        Measurement.of(name, Quantity(value, "B"), limit, "equal")
        for name, value in values.items()
        if value is not None
    ]
    return unlimited, measured
