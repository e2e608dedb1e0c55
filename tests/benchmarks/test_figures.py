"""The figures: which save each answer tells of, and how they are told."""

from harness.benchmark.asker import Answer
from harness.benchmark.figures import Series
from harness.benchmark.pace import served

NUMBERS = {"start": -1, "first": 0, "second": 1, "third": 2}


def answers(*told: tuple[float, str | None]) -> list[Answer]:
    """Each takes a tenth of a second."""
    return [Answer(sent, sent + 0.1, value) for sent, value in told]


def test_a_save_is_served_by_the_first_answer_that_carries_it_or_a_later_one() -> None:
    found = answers((0.0, "start"), (1.1, "start"), (1.5, "first"), (2.5, "third"), (3.0, "third"))
    saved = [1.0, 1.2, 2.0]
    assert [round(it or 0, 1) for it in served(found, saved, NUMBERS)] == [0.6, 1.4, 0.6]


def test_a_save_that_no_answer_carries_is_lost() -> None:
    found = answers((1.5, "first"), (2.5, "unknown"), (3.5, None))
    assert served(found, [1.0, 2.0], NUMBERS)[1] is None
    series = Series.of(1.0, served(found, [1.0, 2.0], NUMBERS), found)
    assert (series.lost, series.asked, series.failed) == (1, 3, 1)


def test_an_answer_to_a_request_from_before_the_save_does_not_count() -> None:
    late = [Answer(0.9, 1.3, "first"), Answer(1.4, 1.6, "first")]
    assert [round(it or 0, 1) for it in served(late, [1.0], NUMBERS)] == [0.6]


def test_the_median_lies_between_and_p95_near_the_end() -> None:
    series = Series(every=1, seconds=(1.0, 2.0, 3.0, 4.0), lost=0, asked=9, failed=0)
    assert (series.median, round(series.p95, 2)) == (2.5, 3.85)
