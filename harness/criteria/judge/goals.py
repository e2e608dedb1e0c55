"""G-1: local hot reload."""

from collections.abc import Iterator

from harness.criteria.facts.change import ChangeFacts
from harness.criteria.facts.deployment import DeploymentFacts
from harness.criteria.facts.memory import MemoryFacts, Trial
from harness.criteria.facts.save import SaveFacts
from harness.criteria.facts.shell import ASKED, Session, ShellFacts
from harness.criteria.judge.base import judges, judges_limit
from harness.criteria.judge.busy import FICKLE, busy, never, while_late
from harness.criteria.judge.limits import held_to
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Judgement, Measurement
from harness.discovery.find import WRANGLER

__all__ = ["deployed_memory", "local_memory", "no_rebuild", "save_to_live", "shell"]

_FEWEST_SAVES = 20
_GIB = 2**30


@judges_limit("G-1.1", "time")
def save_to_live(facts: SaveFacts, limit: Quantity) -> Judgement:
    """A save is served within the limit, 95 times of 100."""
    if facts.lost:
        foreign = while_late(facts.seconds, facts.foreign, limit)
        return never(f"{facts.lost} saves were never served", foreign)
    if not facts.returned:
        return Judgement.unverified(FICKLE)
    if len(facts.seconds) < _FEWEST_SAVES:
        return Judgement.unverified(f"{len(facts.seconds)} saves of at least {_FEWEST_SAVES}")
    slow = Measurement.of("p95", Quantity(facts.quantile(0.95), "s"), limit)
    told = [Measurement(name="median", value=facts.quantile(0.5), unit="s"), slow]
    foreign = while_late(facts.seconds, facts.foreign, limit)
    return busy(foreign, [slow]) or Judgement.of(measurements=told)


@judges("G-1.2")
def no_rebuild(facts: ChangeFacts) -> Judgement:
    """A change takes effect in the container that runs, from the image that it runs."""
    problems = [
        f"the {name} is another one after the change"
        for name in ("container", "image", "named", "started")
        if getattr(facts.before, name) != getattr(facts.after, name)
    ]
    if facts.before.builds != facts.after.builds:
        problems.append(f"{facts.after.builds - facts.before.builds} images were built for it")
    return Judgement.of([*problems, *_without_effect(facts)])


def _without_effect(facts: ChangeFacts) -> Iterator[str]:
    if facts.first is None:
        yield "the gateway's answer has nothing in it that a change could show in"
    elif facts.changed is None:
        yield "the change never took effect"
    elif facts.restored != facts.first:
        # Something that changes by itself, such as a process number, does not come back.
        yield "with the change taken back the gateway does not answer as before it"


@judges_limit("G-1.3", "size")
def local_memory(facts: MemoryFacts, limit: Quantity) -> Judgement:
    """The kernel and the engine hold the container to the limit, and it is enforced."""
    seen = {
        "memory inside": facts.inside,
        "memory and swap inside": facts.inside_with_swap,
        "memory outside": facts.outside,
        "memory and swap outside": facts.outside_with_swap,
    }
    unlimited, measured = held_to(seen, limit)
    unknown = [] if facts.trials else [f"only {facts.free / _GIB:.1f} GiB are free for a trial"]
    unknown += [f"{_size(trial)} did not end" for trial in facts.trials if not trial.ended]
    return Judgement.of(
        [*unlimited, *_wrong_trials(facts, limit)],
        unknown=unknown,
        measurements=measured,
    )


def _wrong_trials(facts: MemoryFacts, limit: Quantity) -> Iterator[str]:
    for trial in facts.trials:
        if not trial.ended:
            continue
        if trial.wanted < limit.base and not trial.lived:
            yield f"{_size(trial)} does not live"
        if trial.wanted > limit.base and not trial.killed:
            yield f"{_size(trial)} is not killed"


def _size(trial: Trial) -> str:
    return f"a process that takes {trial.wanted / _GIB:g} GiB"


@judges_limit("G-1.3", "size")
def deployed_memory(facts: DeploymentFacts, limit: Quantity) -> Judgement:
    """The deployment asks for an instance of the same memory."""
    if not facts.files:
        return Judgement.unverified(
            f"what the deployment asks for is not known: no {', '.join(WRANGLER)} in the checkout"
        )
    problems = [f"{name}: cannot be read" for name in facts.unreadable]
    if not facts.containers and not problems:
        problems.append(f"no container in {', '.join(facts.files)}")
    problems += [f"{name} asks for no container" for name in facts.bare]
    unknown = [it.instance_type for it in facts.containers if it.memory is None]
    return Judgement.of(
        problems,
        unknown=[f"the memory of instance type {name!r} is not known" for name in unknown],
        measurements=[
            Measurement.of(
                f"{it.instance_type} {it.environment}".strip(),
                Quantity(it.memory, "B"),
                limit,
                "equal",
            )
            for it in facts.containers
            if it.memory is not None
        ],
    )


@judges("G-1.4")
def shell(facts: ShellFacts) -> Judgement:
    """Every command that opens a shell gives a prompt, runs commands and tells how they ended."""
    return Judgement.of([it for session in facts.sessions for it in _wrong_with(session)])


def _wrong_with(session: Session) -> Iterator[str]:
    name = f"`{session.command}`"
    if not (session.prompt and session.ran):
        yield f"{name} gives no prompt that runs commands"
        return
    if not session.terminal:
        yield f"{name} gives a shell that is not on the terminal"
    if session.zero != 0:
        yield f"{name} ends with {session.zero} when the shell ends with 0"
    keeps = not session.command.startswith("make ")
    if not session.other or (keeps and session.other != ASKED):
        yield f"{name} ends with {session.other} when the shell ends with {ASKED}"
