"""Whether a comparison bears out what is claimed of us."""

from collections.abc import Iterator

from harness.benchmark.contestant import Claims
from harness.benchmark.result import Comparison, Entry
from harness.criteria.judge.busy import BUSY
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["judge"]


def judge(found: Comparison, claims: Claims) -> Judgement:
    """Hold a comparison to the claims: ratios of one run, and what must not have happened.

    Returns:
        Unverified where rounds are missing, or where the machine was too busy to say no.
    """
    ours, reference = found.entry(claims.ours), found.entry(claims.reference)
    unknown = [*_unknown(ours), *_unknown(reference)]
    if ours.broken is None:
        unknown.append(f"{claims.ours}: no time was left for a syntax error")
    if reference.turns and reference.median is None:
        unknown.append(f"{claims.reference} never served a save")
    faster = _faster(ours, reference, claims)
    if faster and not faster.within and found.foreign > BUSY:
        part = f"{found.foreign:.0%} of the processors"
        unknown.append(f"{faster}, while other programs took {part}")
        faster = faster.model_copy(update={"limit": None})
    measurements = [faster] if faster else []
    return Judgement.of(list(_problems(ours, claims)), unknown=unknown, measurements=measurements)


def _faster(ours: Entry, reference: Entry, claims: Claims) -> Measurement | None:
    """Return how they compare; None where one of them served nothing."""
    if ours.median is None or reference.median is None:
        return None
    return Measurement(
        name=f"{claims.reference} takes",
        value=reference.median / ours.median,
        unit="times as long",
        limit=claims.times_faster,
        bound="above",
    )


def _problems(ours: Entry, claims: Claims) -> Iterator[str]:
    if ours.lost:
        yield f"{ours.lost} of {len(ours.turns)} saves were never served"
    if ours.failed > claims.failed:
        yield f"{ours.failed} of {ours.asked} requests failed"
    if ours.broken and ours.broken.failed > claims.failed:
        yield f"{ours.broken.failed} of {ours.broken.asked} requests failed after a syntax error"
    if ours.broken and ours.broken.seconds is None:
        yield "the good save after a syntax error was never served"
    stale = sum(it.stale for it in ours.turns)
    if stale:
        yield f"{stale} requests were answered as before the save, after it had been served"


def _unknown(entry: Entry) -> Iterator[str]:
    name, wanted = entry.contestant.name, entry.contestant.rounds
    if len(entry.turns) < wanted:
        yield f"{name}: {len(entry.turns)} of {wanted} rounds"
    restless = sum(not it.settled for it in entry.turns)
    if restless:
        yield f"{name}: not at rest after {restless} saves"
