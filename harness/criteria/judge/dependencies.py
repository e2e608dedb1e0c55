"""D-2 and D-3: the account, and the credentials for it."""

from collections.abc import Iterator

from harness.criteria.facts.account import GIVEN, AccountFacts, PreflightRun
from harness.criteria.facts.missing_credential import MissingCredentialFacts, MissingRun
from harness.criteria.judge.base import judges
from harness.criteria.judge.trials import by_trials
from harness.criteria.verdict import Judgement

__all__ = ["account", "credentials"]

# A message, a hint and a usage; more lines that name it are a trace or a log.
_CLEAR = 3
_WANTED = (
    "sound",
    "unknown token",
    "another account",
    "no Workers",
    "no R2",
    "no containers",
    "no bucket",
)


@judges("D-2")
def account(facts: AccountFacts) -> Judgement:
    """The preflight accepts a sound account, names what another one lacks, and changes nothing."""
    found = by_trials(facts.runs, _WANTED, lambda run: run.account, _of_account)
    return found.model_copy(update={"note": _asked(facts)})


def _asked(facts: AccountFacts) -> str:
    given = sum(run.account == GIVEN for run in facts.runs)
    rest = "and of the given one" if given else "no real account: no token is given here"
    return f"asked of {len(facts.runs) - given} made-up accounts on this machine, {rest}"


def _of_account(run: PreflightRun) -> Iterator[str]:
    if run.changes:
        yield f"{run.account}: the preflight changes something: {run.changes[0]}"
    if not run.names:
        if run.status != 0 or run.lines:
            yield f"{run.account}: the preflight ends with {run.status}: {' / '.join(run.lines)}"
        return
    if run.status == 0:
        yield f"{run.account}: the preflight finds nothing wrong"
    elif not any(run.names in line for line in run.lines):
        yield f"{run.account}: no line names {run.names}"


@judges("D-3")
def credentials(facts: MissingCredentialFacts) -> Judgement:
    """Without a credential a clear error comes, and nothing is begun."""
    problems = [problem for run in facts.runs for problem in _of_missing(run)]
    unknown = [] if facts.runs else ["no command was tried"]
    if facts.absent:
        unknown.append(f"rests on FR-4.4, which failed: make has no target {facts.absent}")
    return Judgement.of(problems, unknown=unknown)


def _of_missing(run: MissingRun) -> Iterator[str]:
    what = f"`{run.command}` without {' and '.join(run.missing)}"
    if run.status == 0:
        yield f"{what} ends with 0"
    if run.began:
        yield f"{what} begins something: {run.began[0]}"
    named = [line for line in run.errors if all(name in line for name in run.missing)]
    if not 1 <= len(named) <= _CLEAR:
        yield f"{what} says no clear line that names it: {' / '.join(run.errors) or 'nothing'}"
