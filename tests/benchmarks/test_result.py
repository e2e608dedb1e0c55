import statistics

import pytest

from harness.benchmark.contestant import Contestant
from harness.benchmark.result import Entry, Turn, quantile


@pytest.mark.parametrize("values", [(3.0,), (2.0, 1.0), (5.0, 1.0, 2.0), (0.4, 0.9, 0.1, 0.7)])
def test_the_median_is_the_one_of_the_standard_library(values: tuple[float, ...]) -> None:
    assert quantile(values, 0.5) == pytest.approx(statistics.median(values))


def test_quantiles_lie_between_values_in_proportion() -> None:
    values = [0.3, 0.1, 0.9, 0.4, 0.7]
    cuts = statistics.quantiles(values, n=4, method="inclusive")
    assert [quantile(values, part) for part in (0.25, 0.5, 0.75)] == pytest.approx(cuts)
    assert (quantile(values, 0), quantile(values, 1)) == (0.1, 0.9)


def test_a_lost_save_counts_as_lost_and_not_as_quick() -> None:
    turns = [
        Turn(seconds=seconds, asked=10, failed=1, stale=0, slowest=0.1, settled=True)
        for seconds in (2.0, None, 4.0)
    ]
    contestant = Contestant(name="a", title="a", rounds=3, settings="")
    entry = Entry(contestant=contestant, version="", turns=tuple(turns), broken=None)
    assert (entry.median, entry.lost, entry.asked, entry.failed) == (3.0, 1, 30, 3)
    nothing = entry.model_copy(update={"turns": (turns[1],)})
    assert (nothing.median, nothing.lost) == (None, 1)
