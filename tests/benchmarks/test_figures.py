"""The figures: which save each answer tells of, and how they are told."""

from pathlib import Path
from typing import Any

import pytest

from harness.benchmark.asker import Answer
from harness.benchmark.figures import Figures, Series
from harness.benchmark.figures_table import render
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


def test_the_documents_show_what_was_recorded(figures: Figures) -> None:
    shown = Path(__file__).parents[2] / "docs/benchmark/figures.md"
    assert render(figures) == shown.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("served", "row"),
    [
        (0, "| 3 s apart | never | never | 60 of 60 lost |"),
        (1, "| 3 s apart | 0.10 s | 0.10 s | 59 of 60 lost |"),
    ],
)
def test_a_series_that_loses_saves_is_shown_as_one(figures: Figures, served: int, row: str) -> None:
    document = figures.model_dump()
    document["paces"][0].update(seconds=(0.1,) * served, lost=60 - served)
    text = render(Figures.model_validate(document))
    assert row in text
    assert "60 saves in each row" in text


def test_many_files_beside_which_nothing_is_served_are_shown_so(figures: Figures) -> None:
    document: dict[str, Any] = figures.model_dump()
    for turn in document["crowds"][1]["turns"]:
        turn["seconds"] = None
    row = "| at rest, with 10,026 files | never | - | 20 of 20 lost |"
    assert row in render(Figures.model_validate(document))
