"""G-2: the release."""

from collections.abc import Iterator

from harness.criteria.facts.by_hand import ByHandFacts, ByHandRun
from harness.criteria.facts.failed_release import ALWAYS, FailedReleaseFacts, FailedRun
from harness.criteria.facts.release_series import WANTED, ReleaseSeriesFacts
from harness.criteria.facts.smoke import SmokeFacts, SmokeRun
from harness.criteria.judge.base import judges, judges_limit
from harness.criteria.judge.trials import by_trials
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["by_hand", "series", "smoke", "unaffected", "way_back"]

_LONGEST_WINDOW = 120.0
_RECOVERY = 120.0

_WANTED = (
    "good",
    "dead container",
    "old version",
    "error status",
    "wrong body",
    "login redirect",
    "time-out",
)


@judges("G-2.4")
def smoke(facts: SmokeFacts) -> Judgement:
    """The smoke test passes on the expected release and fails, rightly named, on all others."""
    return by_trials(facts.runs, _WANTED, lambda run: run.deployment, _problems)


def _problems(run: SmokeRun) -> Iterator[str]:
    outcome, status = ("passed", 0) if run.deployment == "good" else ("failed", 1)
    if (run.outcome, run.status) != (outcome, status):
        yield f"{run.deployment}: it says {run.outcome}, with status {run.status}"
    if run.sight != run.deployment:
        yield f"{run.deployment}: it is taken for {run.sight}"


@judges("G-2.3")
def unaffected(facts: FailedReleaseFacts) -> Judgement:
    """A release that fails shows users nothing that could have been seen before, and is undone."""
    unknown = [f"it was not tried: {it}" for it in _untried(facts)]
    problems = [problem for run in facts.runs for problem in _affected(run)]
    windows = [run.window for run in facts.runs if not run.seen_before] or [0.0]
    healthy = facts.healthy
    told = [
        Measurement(name="longest window", value=max(windows), unit="s", limit=_LONGEST_WINDOW),
        Measurement(name="failed requests of a healthy release", value=healthy.failed, unit=""),
        Measurement(name="of", value=healthy.answers + healthy.failed, unit=""),
    ]
    return Judgement.of(problems, unknown=unknown, measurements=told)


def _untried(facts: FailedReleaseFacts) -> list[str]:
    """Return what is always to be tried and was not, and what did not come so far as its fault."""
    tried = {run.fault for run in facts.runs if run.answers}
    early = [run.fault for run in facts.runs if not run.reached]
    return list(dict.fromkeys([*(it for it in ALWAYS if it not in tried), *early]))


def _affected(run: FailedRun) -> Iterator[str]:
    if run.seen_before and run.others:
        yield f"{run.fault}: {run.others} answers were of the release that failed"
    if not run.restored:
        yield f"{run.fault}: production does not serve what it served before"


@judges("NFR-2.2")
def way_back(facts: FailedReleaseFacts) -> Judgement:
    """After each failure what served before serves, and the failure is reported as one."""
    unknown = [f"it was not tried: {it}" for it in _untried(facts)]
    problems = [problem for run in facts.runs for problem in _unreported(run)]
    if facts.healthy.status != 0:
        problems.append(f"a healthy release ends with {facts.healthy.status}")
    told = [
        Measurement(name="recovery", value=run.recovery, unit="s", limit=_RECOVERY)
        for run in facts.runs
        if run.recovery is not None
    ]
    return Judgement.of(problems, unknown=unknown, measurements=told)


def _unreported(run: FailedRun) -> Iterator[str]:
    if run.status == 0:
        yield f"{run.fault}: the release ends with 0"
    elif not run.said:
        yield f"{run.fault}: nothing is said"
    if not run.restored:
        yield f"{run.fault}: what served before does not serve again"


@judges_limit("NFR-2.1", "share")
def series(facts: ReleaseSeriesFacts, limit: Quantity) -> Judgement:
    """Over 95 of 100 releases succeed under faults that pass, and none leaves a mixed state."""
    count = len(facts.runs)
    good = sum(run.status == 0 for run in facts.runs)
    mixed = [number for number, run in enumerate(facts.runs, 1) if not run.whole]
    problems = [f"release {number} left a mixed state" for number in mixed]
    if count and not any(run.faults for run in facts.runs):
        problems.append("no call of any release was hit by a fault")
    if count < WANTED:
        too_many = count - good >= round(WANTED * (1 - limit.base))
        problems += [f"{count - good} of {count} releases failed"] if too_many else []
        return Judgement.of(problems, unknown=[f"{count} of {WANTED} releases, {good} succeeded"])
    share = Measurement.of("success rate", Quantity(100 * good / count, "%"), limit, "above")
    return Judgement.of(problems, measurements=[share])


@judges("FR-4.4")
def by_hand(facts: ByHandFacts) -> Judgement:
    """`make deploy-cf` asks first, records, releases staging and then production, or goes back."""
    problems = [*_by_hand_well(facts.well), *_by_hand_failed(facts.failed)]
    reached = "production" in facts.failed.steps
    unknown = [] if reached else ["the release that is to fail in production did not get there"]
    return Judgement.of(problems, unknown=unknown)


def _by_hand_well(run: ByHandRun) -> Iterator[str]:
    if run.status != 0 or not run.served:
        yield f"make deploy-cf ends with {run.status}, and the image does not serve: {run.said}"
        return
    first = {step: run.steps.index(step) for step in dict.fromkeys(run.steps)}
    wanted = ("ask", "record", "staging", "production")
    if missing := [it for it in wanted if it not in first]:
        yield f"make deploy-cf leaves out: {', '.join(missing)}"
    elif not first["record"] < first["staging"] < first["production"]:
        yield f"make deploy-cf goes another way: {', '.join(run.steps)}"
    elif first["ask"] > first["staging"]:
        yield "make deploy-cf changes something before it asks"


def _by_hand_failed(run: ByHandRun) -> Iterator[str]:
    if run.status == 0:
        yield "make deploy-cf ends with 0 though production failed"
    if not run.restored:
        yield "make deploy-cf leaves production other than it was"
    if not run.said:
        yield "make deploy-cf does not say what failed"
