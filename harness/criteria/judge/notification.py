"""FR-5.6: who is told how a deployment ended."""

from collections.abc import Iterator

from harness.criteria.facts.notification import NotificationFacts, Telling
from harness.criteria.judge.base import NO_WORKFLOW, judges
from harness.criteria.verdict import Judgement

__all__ = ["notification"]

_STATES = {"success": {"success"}, "failure": {"failure", "error"}}


@judges("FR-5.6")
def notification(facts: NotificationFacts) -> Judgement:
    """Either end reaches the pushed commit, with its state, a link and words of its own."""
    unknown = [f"uses {facts.beyond}"] if facts.beyond else []
    if not facts.workflow:
        return Judgement.of(unknown=unknown or [NO_WORKFLOW])
    problems = [problem for it in facts.tellings for problem in _wrong(it)]
    words = [_words(it) for it in facts.tellings]
    if len(set(words)) < len(words) and not problems:
        problems.append(f"success and failure are told in the same words: {words[0]}")
    return Judgement.of(problems, unknown=unknown)


def _wrong(telling: Telling) -> Iterator[str]:
    ended = f"on {telling.ended}"
    yield from (f"{ended} {place} fails" for place in telling.failed)
    if not telling.statuses:
        jobs = ", ".join(telling.jobs) or "no job that may"
        yield f"{ended} no status reaches GitHub ({jobs} runs then)"
        return
    last = telling.statuses[-1]
    if last.state not in _STATES[telling.ended]:
        yield f"{ended} the status is {last.state}"
    if not last.commit:
        yield f"{ended} the status is on another commit"
    if last.link == "elsewhere":
        yield f"{ended} the status leads neither to the run nor to what was deployed"
    if not last.description:
        yield f"{ended} the status says nothing"


def _words(telling: Telling) -> str:
    return telling.statuses[-1].description if telling.statuses else telling.ended
