"""NFR-1 and US-1: how soon a save is served."""

from collections.abc import Sequence

from harness.criteria.facts.behaviour import BehaviourFacts
from harness.criteria.facts.interval import IntervalFacts, Series
from harness.criteria.judge.base import judges_limit
from harness.criteria.judge.busy import FICKLE, busy, never, while_late
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["at_any_interval", "behaviour"]

_FEWEST_INTERVALS = 2
_FEWEST_SAVES = 10


@judges_limit("NFR-1.1", "time")
def at_any_interval(facts: IntervalFacts, limit: Quantity) -> Judgement:
    """No save takes longer than the limit, however fast one comes after the other."""
    if facts.lost:
        return never(f"{facts.lost} saves were never served", _foreign(facts.series, limit))
    if not facts.returned:
        return Judgement.unverified(FICKLE)
    full = [it for it in facts.series if len(it.seconds) >= _FEWEST_SAVES]
    if len(full) < _FEWEST_INTERVALS:
        return Judgement.unverified(f"{len(full)} intervals of at least {_FEWEST_INTERVALS}")
    slowest = [
        Measurement.of(f"slowest, {it.interval:g} s apart", Quantity(max(it.seconds), "s"), limit)
        for it in full
    ]
    return busy(_foreign(full, limit), slowest) or Judgement.of(measurements=slowest)


def _foreign(series: Sequence[Series], limit: Quantity) -> float:
    seconds = [it for one in series for it in one.seconds]
    return while_late(seconds, [it for one in series for it in one.foreign], limit)


@judges_limit("US-1.1", "time")
def behaviour(facts: BehaviourFacts, limit: Quantity) -> Judgement:
    """What is added to the scheduler's file is at work within the limit, in what serves."""
    if facts.seconds is None:
        return never("what was added to the file is never at work", facts.foreign)
    problems = []
    if not facts.serves:
        problems.append("it is at work in another process than the one that serves")
    if not facts.stopped:
        problems.append("it goes on being at work after it was taken out of the file")
    if not facts.container:
        problems.append("the container is another one afterwards")
    told = [Measurement.of("save to behaviour", Quantity(facts.seconds, "s"), limit)]
    unknown = None if problems else busy(facts.foreign, told)
    return unknown or Judgement.of(problems, measurements=told)
