"""One method for all medians and p95."""

import statistics

import pytest

from harness.quantile import quantile


@pytest.mark.parametrize("values", [(3.0,), (2.0, 1.0), (5.0, 1.0, 2.0), (0.4, 0.9, 0.1, 0.7)])
def test_the_median_is_the_one_of_the_standard_library(values: tuple[float, ...]) -> None:
    assert quantile(values, 0.5) == pytest.approx(statistics.median(values))


def test_quantiles_lie_between_values_in_proportion() -> None:
    values = [0.3, 0.1, 0.9, 0.4, 0.7]
    cuts = statistics.quantiles(values, n=4, method="inclusive")
    assert [quantile(values, part) for part in (0.25, 0.5, 0.75)] == pytest.approx(cuts)
    assert (quantile(values, 0), quantile(values, 1)) == (0.1, 0.9)
