"""Judging something by trials: on each thing that it must be tried on, and on all that it was."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from harness.criteria.verdict import Judgement

__all__ = ["by_trials"]

R = TypeVar("R")


def by_trials(
    runs: Sequence[R],
    wanted: Iterable[str],
    subject: Callable[[R], str],
    wrong: Callable[[R], Iterator[str]],
) -> Judgement:
    """Conclude from trials.

    Args:
        runs: What was tried.
        wanted: What it must have been tried on, or nothing can be said.
        subject: What a trial was on.
        wrong: What a trial shows that must not be.
    """
    tried = {subject(run) for run in runs}
    unknown = [f"it was not tried on: {name}" for name in wanted if name not in tried]
    return Judgement.of([problem for run in runs for problem in wrong(run)], unknown=unknown)
