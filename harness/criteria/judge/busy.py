"""What a limit that was missed says on a machine that had other work to do: nothing."""

from collections.abc import Sequence

from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["BUSY", "FICKLE", "busy", "never", "while_late"]

# A load runs on one processor. A quarter of two is half of that one, which makes the load take up
# to twice as long, so a miss may be another program's. This is of the part during the save itself;
# of a whole series a part says little: in one, others had 23 %, all of it while tests were run
# beside half of its saves, and those took up to 14.9 s, where alone none took over 3.7 s.
BUSY = 0.25
"""The part of the processors that other programs may have, from 0 to 1, for a miss to count."""


FICKLE = "with the file put back the answer does not come back, so it tells of no save; see G-1.2"
"""Why nothing can be said of how soon a save is served."""


def while_late(seconds: Sequence[float], foreign: Sequence[float], limit: Quantity) -> float:
    """Return the least part that others had during any of the saves that were beyond the limit."""
    times = zip(seconds, foreign, strict=True)
    late = [part for it, part in times if not Measurement.of("", Quantity(it, "s"), limit).within]
    return min(late, default=0.0)


def busy(foreign: float, measured: Sequence[Measurement]) -> Judgement | None:
    """Return that nothing can be said, where a limit was missed on a machine that was busy.

    Args:
        foreign: What part of the processors other programs had, from 0 to 1.
        measured: What was measured meanwhile.
    """
    beyond = [str(it) for it in measured if not it.within]
    if not beyond or foreign <= BUSY:
        return None
    return never(", ".join(beyond), foreign)


def never(missed: str, foreign: float) -> Judgement:
    """Conclude from what did not come in its time, which is nobody's fault on a busy machine."""
    if foreign <= BUSY:
        return Judgement.of([missed])
    return Judgement.unverified(
        f"{missed}, while other programs took {foreign:.0%} of the processors"
    )
