"""Medians, p95 and other quantiles: one method, so that one series has one of each."""

import math
from collections.abc import Sequence

__all__ = ["quantile"]


def quantile(values: Sequence[float], part: float) -> float:
    """Return the quantile that lies between two values in proportion.

    The method is linear interpolation between the closest ranks, as NumPy has it by default
    (type 7 of Hyndman and Fan).

    Args:
        values: At least one.
        part: Which: 0.5 is the median.
    """
    ordered = sorted(values)
    place = part * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))
