"""R-1: the base image may not be there."""

from harness.criteria.facts.fallback import FallbackFacts
from harness.criteria.judge.base import judges
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["fallback"]


@judges("R-1.1")
def fallback(facts: FallbackFacts) -> Judgement:
    """Without its registry the environment comes up, one line says why, and a document says so."""
    problems = []
    if facts.status != 0 or not facts.healthy:
        problems.append(f"make dev ends with {facts.status}: {' / '.join(facts.said)}")
    elif len(facts.naming) != 1:
        count = len(facts.naming)
        problems.append(f"{count} lines, not one, say what was done instead of using the image")
    if not facts.documents:
        problems.append("no document tells of the local build")
    return Judgement.of(
        problems, measurements=[Measurement(name="make dev", value=facts.seconds, unit="s")]
    )
