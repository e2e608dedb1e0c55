"""G-2: the release."""

from collections.abc import Iterator

from harness.criteria.facts.smoke import SmokeFacts, SmokeRun
from harness.criteria.judge.base import judges
from harness.criteria.verdict import Judgement

__all__ = ["smoke"]

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
    seen = {run.deployment for run in facts.runs}
    unknown = [f"it was not tried on: {name}" for name in _WANTED if name not in seen]
    problems = [problem for run in facts.runs for problem in _problems(run)]
    return Judgement.of(problems, unknown=unknown)


def _problems(run: SmokeRun) -> Iterator[str]:
    outcome, status = ("passed", 0) if run.deployment == "good" else ("failed", 1)
    if (run.outcome, run.status) != (outcome, status):
        yield f"{run.deployment}: it says {run.outcome}, with status {run.status}"
    if run.sight != run.deployment:
        yield f"{run.deployment}: it is taken for {run.sight}"
