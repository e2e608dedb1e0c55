"""G-2, FR-5 and NFR-4, as far as the workflows' own text decides."""

from collections.abc import Iterable, Iterator

from harness.criteria.facts.critical_path import CriticalPathFacts
from harness.criteria.facts.secret_use import SecretUse, SecretUseFacts
from harness.criteria.facts.trigger import WANTED, Folder, Push, TriggerFacts
from harness.criteria.judge.base import NO_WORKFLOW, judges, judges_limit
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, Measurement
from harness.github.workflow_secrets import CONTAINER, RIGHT, UNSEEN
from harness.github.workflow_taint import ALL_SECRETS

__all__ = ["critical_path", "goal", "paths", "push", "secrets"]

_MAIN = "refs/heads/main"
_SHOWN = 3


@judges("G-2.1")
def goal(facts: TriggerFacts) -> Judgement:
    """A push to main that changes what is deployed leads to a deployment, and no other does."""
    if facts.fault:
        return Judgement.unverified(NO_WORKFLOW)
    return _judged(facts, _wrong(facts.pushes))


@judges("FR-5.1")
def push(facts: TriggerFacts) -> Judgement:
    """As G-2.1; that there is a workflow at all is asked here."""
    return _judged(facts, _wrong(facts.pushes))


@judges("FR-5.2")
def paths(facts: TriggerFacts) -> Judgement:
    """The paths decide as the PRD says, for made-up ones and for the checkout's own files."""
    if facts.fault:
        return Judgement.unverified(NO_WORKFLOW)
    on_main = (it for it in facts.pushes if it.ref == _MAIN)
    return _judged(facts, [*_wrong(on_main), *_wrong_folders(facts.folders)])


def _judged(facts: TriggerFacts, problems: Iterable[str]) -> Judgement:
    found = [facts.fault] if facts.fault else list(problems)
    more = len(found) - _SHOWN
    shown = [*found[:_SHOWN], f"and {more} more"] if more > 0 else found
    return Judgement.of(shown, unknown=[f"uses {it}" for it in facts.beyond])


def _wrong(pushes: Iterable[Push]) -> Iterator[str]:
    for it in pushes:
        wanted = it.ref == _MAIN and any(path.split("/")[0] in WANTED for path in _deep(it))
        if it.deploys is not None and it.deploys != wanted:
            what = f"a push to {it.ref}" + (f" of {', '.join(it.paths)}" if it.paths else "")
            yield f"{what} {'leads' if it.deploys else 'does not lead'} to a deployment"


def _deep(it: Push) -> Iterator[str]:
    return (path for path in it.paths if "/" in path)


def _wrong_folders(folders: Iterable[Folder]) -> Iterator[str]:
    for it in folders:
        wanted = it.files if it.name in WANTED else 0
        if it.deploying != wanted:
            name = f"{it.name}/" if it.name else "the top"
            yield f"{it.deploying} of {it.files} files of {name} lead to a deployment, not {wanted}"


@judges_limit("G-2.2", "time")
def critical_path(facts: CriticalPathFacts, limit: Quantity) -> Judgement:
    """The limits on the longest way through the jobs add up to no more than the limit."""
    if facts.beyond:
        return Judgement.unverified(f"uses {facts.beyond}")
    if facts.minutes is None:
        return Judgement.unverified(NO_WORKFLOW)
    name = f"hard limits of {', '.join(facts.jobs)}"
    # GitHub stops a job that reaches its limit, so what completes took less than they add up to.
    told = Measurement.of(name, Quantity(facts.minutes, "min"), limit, "at most")
    return Judgement.of(measurements=[told])


@judges("NFR-4.3")
def secrets(facts: SecretUseFacts) -> Judgement:
    """Secrets come from their context, reach steps only, and get from there to nobody."""
    if not facts.workflows:
        return Judgement.unverified(NO_WORKFLOW)
    problems = [f"a credential is written out in {it}" for it in facts.literals]
    problems += [problem for it in facts.uses for problem in _problems(it)]
    unknown = [*facts.refused, *facts.beyond]
    unknown += (_told(it) for it in facts.uses if it.way in {CONTAINER, UNSEEN})
    return Judgement.of(problems, unknown=unknown)


def _problems(use: SecretUse) -> Iterator[str]:
    if use.secret == ALL_SECRETS:
        yield f"{use.place}: takes all secrets at once"
    elif use.way not in RIGHT | {CONTAINER, UNSEEN}:
        yield _told(use)


def _told(use: SecretUse) -> str:
    return f"{use.place}: {use.secret} gets into {use.way}"
