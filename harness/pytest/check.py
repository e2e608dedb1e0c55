"""What a check calls to judge facts, and how its end becomes a verdict."""

from pathlib import Path
from typing import TypeVar

import pytest

from harness.criteria.catalog import Catalog
from harness.criteria.facts.model import Facts
from harness.criteria.faults import PreconditionError, UnobservableError
from harness.criteria.judge.base import Judge
from harness.criteria.record import CheckRecord
from harness.criteria.verdict import Judgement, Verdict
from harness.errors import ConfigError

__all__ = ["Check", "breaks", "conclude", "outcome_of"]

F = TypeVar("F", bound=Facts)

# What cannot be found out; what the checkout does not name is not guessed.
_UNKNOWN = (PreconditionError, UnobservableError, ConfigError)


class Check:
    """Judges facts for one of the criteria that the test is marked with.

    Nothing is raised when a criterion does not hold: the test ends with all that it found.
    """

    def __init__(self, record: CheckRecord, catalog: Catalog, facts_dir: Path | None) -> None:
        self._record = record
        self._catalog = catalog
        self._facts_dir = facts_dir

    def __call__(self, judge: Judge[F], facts: F) -> Judgement:
        """Judge facts against the criterion's limit, and keep both as evidence."""
        if judge.criterion not in self._record.criteria:
            raise pytest.UsageError(
                f"{self._record.check} judges {judge.criterion}, which its marker does not name"
            )
        if self._facts_dir:
            facts.record(self._facts_dir)
        self._record.observed[facts.kind()] = facts.model_dump(mode="json")
        judgement = judge(facts, self._catalog[judge.criterion].limit)
        self._record.judged(judge.criterion, judgement)
        return judgement


def conclude(record: CheckRecord) -> None:
    """End a check whose function returned: fail or stay unverified by what it judged."""
    record.outcome = Judgement.of()
    if any(it.verdict is Verdict.FAILED for it in record.conclusions().values()):
        pytest.fail("\n".join(record.complaints()), pytrace=False)
    if record.complaints():
        raise UnobservableError("; ".join(record.complaints()))


def outcome_of(error: BaseException, phase: str) -> Judgement:
    """Return what an exception says of the criteria that the check did not judge.

    Args:
        error: What ended a phase of the test.
        phase: setup, call or teardown.
    """
    if breaks(error, phase):
        return Judgement.unverified(f"the check itself broke: {type(error).__name__}: {error}")
    if isinstance(error, pytest.skip.Exception):
        return Judgement.unverified(f"skipped: {error}")
    if isinstance(error, _UNKNOWN):
        return Judgement.unverified(str(error))
    return Judgement.of([_first_line(error)])


def breaks(error: BaseException, phase: str) -> bool:
    """Whether an exception says nothing of any criterion: the check has a mistake."""
    if isinstance(error, AssertionError | pytest.fail.Exception):
        return phase != "call"
    return not isinstance(error, (*_UNKNOWN, pytest.skip.Exception))


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
