"""FR-3: deploy/start-loa-dev.sh."""

from collections.abc import Iterator, Sequence

from harness.criteria.facts.dev_start import DevStartFacts
from harness.criteria.facts.reload import WAYS, Burst, Line, ReloadFacts, Save
from harness.criteria.judge.base import judges
from harness.criteria.judge.busy import busy, never
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["dev_mode_is_set", "logged", "restarted", "verbose", "watched"]

_SCRIPT = "start-loa-dev.sh"
_PROMPTLY = 1.0
# The host's clock and the container's may differ by as much on some machines.
_EARLY = -0.1
_MOST_RESTARTS = 2


@judges("FR-3.1")
def dev_mode_is_set(facts: DevStartFacts) -> Judgement:
    """The script gives the gateway BEAUVOIR_DEV_MODE=1, and recovery does not run."""
    problems = list(_not_served(facts))
    if not problems and facts.dev_mode != "1":
        problems.append(f"the gateway has BEAUVOIR_DEV_MODE {facts.dev_mode or 'unset'}")
    if facts.recovered:
        problems.append("recovery ran")
    return Judgement.of(problems)


@judges("FR-3.4")
def verbose(facts: DevStartFacts) -> Judgement:
    """The gateway is told to be verbose, and is."""
    problems = list(_not_served(facts))
    told = [it for it in facts.commands if "gateway" in it.split()[1:]]
    asked = any("--verbose" in it.split() for it in facts.commands)
    if not problems and told and not asked:
        problems.append(f"no --verbose in the gateway's command line: {' / '.join(facts.commands)}")
    if not problems and facts.chatter == 0:
        problems.append("the gateway logs nothing that only a verbose one does")
    # It gives itself a title without words later on.
    missed = (
        [] if told or asked else ["the gateway's command line was gone before it could be read"]
    )
    return Judgement.of(problems, unknown=missed)


def _not_served(facts: DevStartFacts) -> Iterator[str]:
    if facts.path is None:
        yield f"{_SCRIPT} is not in the image"
    elif not facts.served:
        yield f"{_SCRIPT} brings no gateway up that serves"


@judges("FR-3.2")
def watched(facts: ReloadFacts) -> Judgement:
    """Each kind of save of a .ts file is noticed, and a file of another kind is not."""
    noticed = {it.way for it in _noticed(facts)}
    late = [f"{way}: not noticed" for way in WAYS if way not in noticed]
    wrong = ["a file of another kind restarts the gateway"] if facts.other else []
    if late and not wrong:
        return never("; ".join(late), facts.foreign)
    slowest = max((it.noticed for it in facts.saves if it.noticed is not None), default=0.0)
    return Judgement.of(
        [*late, *wrong], measurements=[Measurement(name="slowest", value=slowest, unit="s")]
    )


@judges("FR-3.3")
def restarted(facts: ReloadFacts) -> Judgement:
    """Each change is served by one new process, and the old one ends."""
    late, wrong = list(_late_restarts(facts)), list(_needless_restarts(facts))
    if late and not wrong:
        return never("; ".join(late), facts.foreign)
    return Judgement.of([*late, *wrong])


def _late_restarts(facts: ReloadFacts) -> Iterator[str]:
    """Yield what did not come about while it was waited for."""
    seen = _noticed(facts)
    if not seen:
        yield "no change brings another process to serve"
    for save in seen:
        if not save.gone:
            yield f"{save.way}: the process that served before does not end"
    for burst in facts.bursts:
        if not burst.restarts:
            yield f"{_name(burst)}: no restart"
        if not burst.last:
            yield f"{_name(burst)}: what serves in the end is not what was saved last"
    if facts.recovered is None:
        yield "after a syntax error a good save is not served any more"


def _needless_restarts(facts: ReloadFacts) -> Iterator[str]:
    for save in _noticed(facts):
        if save.restarts > 1:
            yield f"{save.way}: {save.restarts} restarts for one save"
    for burst in facts.bursts:
        if burst.restarts > _MOST_RESTARTS:
            yield f"{_name(burst)}: {burst.restarts} restarts"


def _noticed(facts: ReloadFacts) -> list[Save]:
    return [it for it in facts.saves if it.noticed is not None]


def _name(burst: Burst) -> str:
    return f"ten saves {burst.pause * 1000:g} ms apart"


@judges("FR-3.5")
def logged(facts: ReloadFacts) -> Judgement:
    """One line for each restart says when it was, with the zone, and which file caused it."""
    seen = _noticed(facts)
    if not seen:
        return never("there was no restart to be logged", facts.foreign)
    problems = [
        f"{save.way}: {it}" for save in seen for it in _wrong_lines(save.lines, save.restarts)
    ]
    latest = Measurement(name="latest line", value=_latest(seen), unit="s", limit=_PROMPTLY)
    if not problems and (unknown := busy(facts.foreign, [latest])):
        return unknown
    return Judgement.of(problems, measurements=[latest])


def _latest(saves: Sequence[Save]) -> float:
    """Return how long after its save the first line of it came, at most; in seconds."""
    firsts = (it.seconds for save in saves for it in save.lines[:1] if it.seconds is not None)
    return max(firsts, default=0.0)


def _wrong_lines(lines: Sequence[Line], restarts: int) -> Iterator[str]:
    if len(lines) != restarts:
        yield f"{len(lines)} lines of the log name the file, for {restarts} restarts"
    times = [it.seconds for it in lines if it.seconds is not None]
    if len(times) != len(lines):
        yield "its line has no ISO 8601 time with a zone"
    if times != sorted(times):
        yield "the lines are not in order"
    if any(it < _EARLY for it in times[:1]):
        yield f"its line's time is {-times[0]:g} s before the save"
