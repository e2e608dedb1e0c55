"""The series of releases: how many, and each of them once, on however many processors."""

import os
from collections.abc import Generator, Iterable
from pathlib import Path
from threading import Event

import pytest

from harness.criteria.facts import release_series
from harness.criteria.facts.release_series import LENGTH, WANTED, SeriesRun, length, observe
from harness.criteria.faults import UnobservableError
from harness.project import Project

Runs = Generator[SeriesRun, None, None]


@pytest.mark.parametrize(("named", "wanted"), [("", WANTED), ("20", 20)])
def test_the_environment_says_how_many(
    monkeypatch: pytest.MonkeyPatch, named: str, wanted: int
) -> None:
    monkeypatch.setenv(LENGTH, named)
    assert length() == wanted


def test_what_is_no_number_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LENGTH, "many")
    with pytest.raises(UnobservableError, match=f"{LENGTH}=many is no number"):
        length()


@pytest.mark.parametrize("processors", [None, 1, 2, 3, 64])
@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_each_release_is_made_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, count: int, processors: int | None
) -> None:
    def series(_: Project, numbers: Iterable[int]) -> Runs:
        # The number stands in for the seconds, to know the release by.
        yield from (SeriesRun(status=0, seconds=it, faults=0, whole=True) for it in numbers)

    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    monkeypatch.setattr(release_series, "series", series)
    assert [it.seconds for it in observe(Project(tmp_path), count).runs] == list(range(count))


def test_a_strand_that_breaks_ends_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    others, closed = Event(), Event()

    def series(_: Project, numbers: Iterable[int]) -> Runs:
        if 0 in numbers:
            assert others.wait(10)
            raise RuntimeError("the first release failed")
        try:
            while True:
                others.set()
                yield SeriesRun(status=0, seconds=0, faults=0, whole=True)
        finally:
            closed.set()

    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(release_series, "series", series)
    with pytest.raises(RuntimeError, match="the first release failed"):
        observe(Project(tmp_path), 10)
    assert closed.is_set()
