"""R: what may go wrong."""

from collections.abc import Iterator

from harness.criteria.facts.fallback import FallbackFacts
from harness.criteria.facts.quiet_save import QuietSaveFacts
from harness.criteria.facts.verification import (
    IMAGES,
    Verification,
    VerificationFacts,
    VerifyingJob,
)
from harness.criteria.judge.base import judges
from harness.criteria.judge.ends import STARTED, not_started
from harness.criteria.judge.trials import by_trials
from harness.criteria.verdict import Judgement, Measurement, Verdict

__all__ = ["fallback", "slow_mounts", "verification"]


@judges("R-1.1")
def fallback(facts: FallbackFacts) -> Judgement:
    """Without its registry the environment comes up, one line says why, and a document says so."""
    if not facts.used:
        return Judgement.unverified(
            "no file that make dev may read names the published image, so none was kept from it"
        )
    problems = []
    if facts.status not in STARTED or not facts.healthy:
        problems.append(not_started(facts.status, facts.said, healthy=facts.healthy))
    elif len(facts.naming) != 1:
        count = len(facts.naming)
        problems.append(f"{count} lines, not one, say what was done instead of using the image")
    if not facts.documents:
        problems.append("no document tells of the local build")
    return Judgement.of(
        problems, measurements=[Measurement(name="make dev", value=facts.seconds, unit="s")]
    )


@judges("R-2.1")
def slow_mounts(facts: QuietSaveFacts) -> Judgement:
    """A save that raises no event is served, and documents say what helps on macOS."""
    problems = []
    if facts.seconds is None:
        problems.append("a save that raises no event is never served")
    if not facts.flags:
        problems.append("no document says how to mount on macOS")
    if not facts.alternatives:
        problems.append("no document tells of an alternative on Linux")
    told = [Measurement(name="without an event", value=facts.seconds or 0.0, unit="s")]
    return Judgement.of(problems, measurements=told if facts.seconds is not None else [])


@judges("R-1.2")
def verification(facts: VerificationFacts) -> Judgement:
    """A job's own commands pass on a good image, and fail on one that is missing or unfit."""
    judged = [_of_job(it) for it in facts.jobs if not it.beyond]
    for wanted in (Verdict.PASSED, Verdict.UNVERIFIED):
        if found := next((it for it in judged if it.verdict is wanted), None):
            return found
    unknown = [f"{it.place}: {it.beyond}" for it in facts.jobs if it.beyond]
    if unknown or (facts.beyond and not judged):
        return Judgement.of(unknown=[*unknown, *facts.beyond])
    idle = "; ".join(facts.idle)
    missing = "no workflow verifies the image in the registry" + (f" ({idle})" if idle else "")
    return judged[0] if judged else Judgement.of([missing])


def _of_job(job: VerifyingJob) -> Judgement:
    # What did not end has neither passed nor failed.
    ended = [it for it in job.runs if it.status >= 0]
    return by_trials(ended, IMAGES, lambda run: run.image, lambda run: _wrong_end(job, run))


def _wrong_end(job: VerifyingJob, run: Verification) -> Iterator[str]:
    if run.image == "good" and run.status != 0:
        yield f"{job.place} fails ({run.status}) on a good image: {run.said}"
    elif run.image != "good" and run.status == 0:
        yield f"{job.place} passes on an image that is {run.image}"
