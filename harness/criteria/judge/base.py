"""A judge: a pure function from facts, and a limit where there is one, to a judgement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, get_type_hints

from harness.criteria.facts.model import Facts
from harness.criteria.quantity import Kind, Quantity
from harness.criteria.verdict import Judgement, Verdict

__all__ = ["NOT_UP", "NO_WORKFLOW", "Judge", "judges", "judges_limit"]

NOT_UP = "rests on FR-4.1, which failed: make dev did not bring the environment up"
"""Why nothing can be said of what comes after `make dev`."""

NO_WORKFLOW = "rests on FR-5.1, which failed: no workflow deploys"
"""Why nothing can be said of a deployment by a workflow."""

F = TypeVar("F", bound=Facts)


@dataclass(frozen=True)
class Judge(Generic[F]):
    """What one kind of facts says about one criterion.

    Attributes:
        criterion: The criterion's id.
        facts: The kind of facts that it takes.
        rule: The function itself; its limit is None exactly if the criterion has none.
    """

    criterion: str
    facts: type[F]
    rule: Callable[[F, Quantity | None], Judgement]

    def __call__(self, facts: F, limit: Quantity | None = None) -> Judgement:
        """Judge facts, and say whether they are of a stand-in."""
        found = self.rule(facts, limit)
        if not facts.stand_ins or found.verdict is Verdict.UNVERIFIED:
            return found
        return found.model_copy(update={"note": _seen_on(facts.stand_ins)})


def _seen_on(stand_ins: Sequence[str]) -> str:
    one = "a stand-in" if len(stand_ins) == 1 else "stand-ins"
    return f"seen on {one} of {' and '.join(stand_ins)} on this machine"


def judges(criterion: str) -> Callable[[Callable[[F], Judgement]], Judge[F]]:
    """Make a function of facts the judge of a criterion that sets no limit."""

    def decorate(rule: Callable[[F], Judgement]) -> Judge[F]:
        return _judge(criterion, rule, lambda facts, _: rule(facts))

    return decorate


def judges_limit(
    criterion: str, kind: Kind
) -> Callable[[Callable[[F, Quantity], Judgement]], Judge[F]]:
    """Make a function of facts and limit the judge of a criterion that sets one.

    Args:
        criterion: The criterion's id.
        kind: What is measured; `harness.criteria.kinds` reads it, so both must be written out.
    """

    def decorate(rule: Callable[[F, Quantity], Judgement]) -> Judge[F]:
        def checked(facts: F, limit: Quantity | None) -> Judgement:
            if limit is None:
                return Judgement.unverified(f"criteria.toml sets no limit for {criterion}")
            limit.require(kind)
            return rule(facts, limit)

        return _judge(criterion, rule, checked)

    return decorate


def _judge(
    criterion: str, rule: Callable[..., Judgement], call: Callable[[F, Quantity | None], Judgement]
) -> Judge[F]:
    return Judge(criterion, get_type_hints(rule)["facts"], call)
