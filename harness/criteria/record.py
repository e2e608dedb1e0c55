"""What the checks of one run concluded so far, and each criterion's verdict from it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from harness.criteria.catalog import Catalog, Criterion
from harness.criteria.evidence import CheckEvidence, CriterionEvidence, Fault
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, combine

__all__ = ["CheckRecord", "Record"]

_NOT_JUDGED = Judgement.unverified("the check ended without judging it")


@dataclass
class CheckRecord:
    """One check under way or done.

    Attributes:
        check: Its name, as pytest gives it.
        criteria: The criteria that it serves.
        judgements: What it concluded, by criterion, in the order in which it did.
        observed: The facts that it looked at, by their kind.
        outcome: How it ended, for the criteria that it did not judge; None while it runs.
        broke: Whether it ended by a mistake of its own, and not by what it looked at.
        seconds: How long it has taken.
        artifacts: What it left, relative to the evidence file.
    """

    check: str
    criteria: tuple[str, ...]
    judgements: dict[str, list[Judgement]] = field(default_factory=dict)
    observed: dict[str, JsonValue] = field(default_factory=dict)
    outcome: Judgement | None = None
    broke: bool = False
    seconds: float = 0.0
    artifacts: tuple[str, ...] = ()

    def judged(self, criterion: str, judgement: Judgement) -> None:
        """Add a conclusion about one criterion."""
        self.judgements.setdefault(criterion, []).append(judgement)

    def end(self, outcome: Judgement) -> None:
        """Note how a phase ended; what a later one says takes nothing back."""
        self.outcome = combine([self.outcome, outcome]) if self.outcome else outcome

    def complaints(self) -> list[str]:
        """Return one line for each criterion that it judged and did not pass."""
        judged = self.conclusions().items()
        return [f"{name} {it.verdict}: {it.reason}" for name, it in judged if it.reason]

    def conclusions(self) -> dict[str, Judgement]:
        """Return one judgement for each criterion that it judged."""
        return {name: combine(judgements) for name, judgements in self.judgements.items()}

    def about(self, criterion: str) -> Judgement:
        """Return what it says of a criterion, whatever became of it.

        A check that broke after it had judged still broke: it says nothing for sure.
        """
        if self.outcome is None:
            return Judgement.unverified("the check did not end")
        judged = self.conclusions().get(criterion)
        if judged is None:
            # A check of plain assertions judges by how it ends.
            return _NOT_JUDGED if self.judgements and not self.outcome.reason else self.outcome
        return combine([judged, self.outcome]) if self.outcome.reason else judged


@dataclass
class Record:
    """All checks of one run.

    Attributes:
        catalog: The criteria.
        declared: The criteria of every check that there is, whether it was selected or not.
        checks: The checks that began, by name.
        collected: The checks that were found, before any was deselected.
        left_out: Why checks of those are not run, unless they are asked for with `--long`.
        faults: Preconditions that failed.
    """

    catalog: Catalog
    declared: Mapping[str, Sequence[str]]
    checks: dict[str, CheckRecord] = field(default_factory=dict)
    collected: set[str] = field(default_factory=set)
    left_out: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def begin(self, check: str, criteria: Iterable[str]) -> CheckRecord:
        """Begin a check."""
        self.checks[check] = CheckRecord(check, tuple(criteria))
        return self.checks[check]

    def fault(self, criterion: str | None, reason: str, artifacts: tuple[str, ...] = ()) -> None:
        """Note a precondition that failed; the same one is noted once."""
        if (criterion, reason) not in [(it.criterion, it.reason) for it in self.faults]:
            self.faults.append(Fault(criterion=criterion, reason=reason, artifacts=artifacts))

    def ends_badly(self) -> bool:
        """Whether a check broke, or a criterion failed that checks rest on, asked for or not."""
        rests = any(it.criterion for it in self.faults)
        return rests or any(it.broke for it in self.checks.values())

    def verdicts(self) -> tuple[CriterionEvidence, ...]:
        """Return every criterion's verdict as it stands now."""
        return tuple(self._verdict(criterion) for criterion in self.catalog)

    def covered(self, checks: Collection[str]) -> frozenset[str]:
        """Return the criteria that have checks, all of which are among these."""
        there = _with_functions(checks)
        expected = {it.id: self._expected(it) for it in self.catalog}
        return frozenset(name for name, those in expected.items() if those and those <= there)

    def _verdict(self, criterion: Criterion) -> CriterionEvidence:
        ran = [it for it in self.checks.values() if criterion.id in it.criteria]
        judgements = [it.about(criterion.id) for it in ran]
        judgements += [Judgement.of([it.reason]) for it in self._faults_of(criterion)]
        unrun = self._unrun(criterion)
        judgements += self._why_unrun(unrun)
        return CriterionEvidence.of(
            criterion,
            _compared(combine(judgements), criterion.limit),
            tuple(_evidence(it, criterion.id) for it in ran),
            complete=not unrun,
        )

    def _faults_of(self, criterion: Criterion) -> list[Fault]:
        return [fault for fault in self.faults if fault.criterion == criterion.id]

    def _unrun(self, criterion: Criterion) -> list[str]:
        """Return the checks of a criterion that have not run to their end."""
        ended = [name for name, it in self.checks.items() if it.outcome]
        return sorted(self._expected(criterion) - _with_functions(ended))

    def _expected(self, criterion: Criterion) -> set[str]:
        """Return all checks of a criterion; one with parameters by each of them, and without."""
        return {it for it, ids in self.declared.items() if criterion.id in ids} | {
            it for it in self.collected if criterion.id in self.declared.get(_function(it), ())
        }

    def _why_unrun(self, checks: Sequence[str]) -> list[Judgement]:
        """Return why these have not run, those that are left out first.

        Of one that began and did not end, its own record tells.
        """
        reasons, begun = self._reasons, _with_functions(self.checks)
        unknown = [it for it in checks if it not in reasons and it not in begun]
        others = [_function(it).rpartition("::")[2] for it in unknown]
        told = [reasons[it] for it in checks if it in reasons]
        told += [f"not run: {', '.join(dict.fromkeys(others))}"] if others else []
        return [Judgement.unverified(it) for it in dict.fromkeys(told)]

    @property
    def _reasons(self) -> dict[str, str]:
        """Why checks are left out, by their names with and without parameters."""
        return {_function(it): told for it, told in self.left_out.items()} | self.left_out


def _function(check: str) -> str:
    """Return a check's name without its parameters."""
    return check.partition("[")[0]


def _with_functions(checks: Iterable[str]) -> set[str]:
    names = set(checks)
    return names | {_function(it) for it in names}


def _compared(judgement: Judgement, limit: Quantity | None) -> Judgement:
    """Take back a pass where nothing that was measured was held to the criterion's limit."""
    measured = [(it.limit, it.unit) for it in judgement.measurements]
    if judgement.reason or limit is None or (limit.value, limit.unit) in measured:
        return judgement
    told = Judgement.unverified(f"no check compared anything with its limit, {limit}")
    return told.model_copy(update={"measurements": judgement.measurements})


def _evidence(record: CheckRecord, criterion: str) -> CheckEvidence:
    return CheckEvidence(
        check=record.check,
        **dict(record.about(criterion)),
        observed=record.observed,
        seconds=round(record.seconds, 3),
        artifacts=record.artifacts,
    )
