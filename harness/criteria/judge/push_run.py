"""FR-5.3 to FR-5.5, G-2.2 and US-2: what a push leads to."""

from collections.abc import Callable, Iterator

from harness.criteria.facts.push_run import PushRun, PushRunFacts
from harness.criteria.judge.base import NO_WORKFLOW, judges, judges_limit
from harness.criteria.judge.busy import busy
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["deploys", "fits", "publishes", "smokes", "story"]

# So much slower than GitHub's machines may this one be; what takes longer is not that.
_SLOWER = 2
_FAILED = frozenset({"failure", "error"})


@judges("FR-5.3")
def publishes(facts: PushRunFacts) -> Judgement:
    """The image is in the registry, and it is the one that the gate accepted and that runs."""
    return _of_runs(facts, _published)


def _published(run: PushRun) -> Iterator[str]:
    if not run.published:
        yield "no image is in the registry under the commit's name"
        return
    if run.published not in run.accepted:
        yield "the gate's evidence is not of the image that was pushed"
    if not run.broken and run.deployed != run.published:
        yield f"{run.deployed or 'nothing'} is deployed, not the image that was pushed"


@judges("FR-5.4")
def deploys(facts: PushRunFacts) -> Judgement:
    """The Worker is uploaded with the token that the environment holds."""
    return _of_runs(facts, _deployed)


def _deployed(run: PushRun) -> Iterator[str]:
    if not run.uploads and not run.broken:
        yield "no version of production's Worker was taken"
    if run.refused:
        yield f"Cloudflare refused the token {run.refused} times"


@judges("FR-5.5")
def smokes(facts: PushRunFacts) -> Judgement:
    """The endpoint is asked, and what it says decides."""
    return _of_runs(facts, _smoked, both=True)


def _smoked(run: PushRun) -> Iterator[str]:
    if not run.looks:
        yield "nobody asked the endpoint"
    elif run.uploads and not run.broken and not run.smokes:
        yield "nobody asked production's endpoint between its upload and the success"
    deployed = all(it.result == "success" for it in run.jobs)
    if run.broken and deployed:
        yield "a container that never starts is taken for well"
    if not run.broken and not deployed:
        names = ", ".join(it.name for it in run.jobs if it.result != "success")
        yield f"what is well is not taken for it ({names})"


@judges_limit("G-2.2", "time")
def fits(facts: PushRunFacts, limit: Quantity) -> Judgement:
    """The own commands of a push's jobs fit, and none takes far longer than its own limit.

    act stops none at its limit, as GitHub would.
    """
    if facts.beyond or not facts.workflow:
        return _of_runs(facts, lambda _: iter(()))
    run = next((it for it in facts.runs if not it.broken), None)
    if run is None:
        return Judgement.unverified("what is well was not pushed")
    way = Measurement.of("the jobs of a push", Quantity(run.way, "s"), limit, "at most")
    slow = [_held(it.name, it.seconds, it.limit) for it in run.jobs if it.limit is not None]
    beyond = [it for it in (way, *slow) if not it.within]
    return busy(run.foreign, beyond) or Judgement.of(measurements=[way, *beyond])


def _held(name: str, seconds: float, minutes: float) -> Measurement:
    limit = Quantity(_SLOWER * minutes, "min")
    return Measurement.of(f"job {name}", Quantity(seconds, "s"), limit, "at most")


@judges("US-2.1")
def story(facts: PushRunFacts) -> Judgement:
    """A push deploys and tells so; one that is broken is told as such, and what served serves."""
    return _of_runs(facts, _story, both=True, timed=True)


def _story(run: PushRun) -> Iterator[str]:
    last = run.statuses[-1] if run.statuses else "nothing"
    if run.broken:
        if last not in _FAILED:
            yield f"the commit is told {last}"
        if run.serving != "before":
            yield f"production serves {run.serving}, not what served before"
    else:
        if last != "success":
            yield f"the commit is told {last}"
        if run.serving != "pushed":
            yield f"production serves {run.serving}, not what was pushed"


def _of_runs(
    facts: PushRunFacts,
    wrong: Callable[[PushRun], Iterator[str]],
    *,
    both: bool = False,
    timed: bool = False,
) -> Judgement:
    if facts.beyond:
        return Judgement.unverified(f"uses {facts.beyond}")
    if not facts.workflow:
        return Judgement.unverified(NO_WORKFLOW)
    problems = [f"{_name(run)}: {problem}" for run in facts.runs for problem in wrong(run)]
    made, wanted = {run.broken for run in facts.runs}, {False, True} if both else {False}
    unknown = ["not all of the pushes were made"] if wanted - made else []
    told = [_measured(run) for run in facts.runs] if timed else []
    return Judgement.of(problems, unknown=unknown, measurements=told)


def _name(run: PushRun) -> str:
    return "a push that is broken" if run.broken else "a push that is well"


def _measured(run: PushRun) -> Measurement:
    seconds = sum(it.seconds for it in run.jobs)
    return Measurement(name=f"all jobs of {_name(run)}", value=seconds, unit="s")
