"""G-2.3: what users get while containers are replaced."""

from collections.abc import Iterator

from harness.criteria.facts.live_release import (
    FAULTS,
    HEALTHY,
    LiveReleaseFacts,
    LiveRun,
    SeenBy,
)
from harness.criteria.judge.base import judges
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["unseen"]

_LONGEST_WINDOW = 120.0


@judges("G-2.3")
def unseen(facts: LiveReleaseFacts) -> Judgement:
    """Users get no answer of a release whose fault could be seen before, in whatever way they ask.

    What users alone can see is over soon; in the end what served before serves.
    """
    tried = {run.what for run in facts.runs if all(it.asked for it in run.ways.values())}
    unknown = [f"it was not tried: {it}" for it in (*HEALTHY, *FAULTS) if it not in tried]
    problems = [problem for run in facts.runs for problem in _problems(run)]
    told = [it for run in facts.runs for it in _measured(run)]
    return Judgement.of(problems, unknown=unknown, measurements=told)


def _problems(run: LiveRun) -> Iterator[str]:
    if run.seen_by is SeenBy.NOBODY:
        if run.status != 0:
            yield f"{run.what} is not released: {run.said}"
        return
    if run.status == 0:
        yield f"{run.what}: the release ends with 0"
    if not run.restored:
        yield f"{run.what}: production does not serve what it served before"
    if run.seen_by is not SeenBy.USERS:
        yield from _seen(run)


def _seen(run: LiveRun) -> Iterator[str]:
    for way, it in run.ways.items():
        if it.others:
            yield f"{run.what}: {it.others} answers ({way}) were of the release that failed"
        # A stage at 0 % is a deployment as well, and may end what is open.
        if it.failed and run.seen_by is SeenBy.STAGING:
            yield f"{run.what}: {it.failed} {way} of production failed"


def _measured(run: LiveRun) -> Iterator[Measurement]:
    if run.seen_by is SeenBy.USERS:
        window = max(it.window for it in run.ways.values())
        yield Measurement(
            name=f"window of {run.what}", value=window, unit="s", limit=_LONGEST_WINDOW
        )
    if run.seen_by is SeenBy.NOBODY:
        for way, it in run.ways.items():
            name = f"failed {way} of {it.asked}, {run.what}"
            yield Measurement(name=name, value=it.failed, unit="")
