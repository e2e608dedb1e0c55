"""FR-4 and US-3: the developer's commands."""

from collections.abc import Iterator

from harness.criteria.facts.lifecycle import Clean, Down, LifecycleFacts
from harness.criteria.facts.log import LogFacts
from harness.criteria.facts.mount import SOURCES
from harness.criteria.facts.shell import TARGET, ShellFacts
from harness.criteria.facts.state import KINDS, SESSIONS
from harness.criteria.facts.workspace import TOOLS, WorkspaceFacts
from harness.criteria.judge.base import NOT_UP, judges
from harness.criteria.judge.busy import busy
from harness.criteria.judge.ends import STARTED, ending, not_started
from harness.criteria.judge.goals import shell
from harness.criteria.verdict import Judgement, Measurement

__all__ = ["dev", "dev_clean", "dev_down", "dev_logs", "dev_shell", "workspace"]

_PROMPTLY = 5.0


@judges("FR-4.1")
def dev(facts: LifecycleFacts) -> Judgement:
    """`make dev` brings a clean checkout up, and does no harm when it is up."""
    first, second = facts.first, facts.second
    told = [Measurement(name="first run", value=first.seconds, unit="s")]
    if first.status not in STARTED or not first.healthy or second is None:
        problem = not_started(first.status, first.said, healthy=first.healthy)
        return Judgement.of([problem], measurements=told)
    problems = []
    if second.status not in STARTED:
        end = ending("a second make dev", second.status)
        problems.append(f"{end}: {' / '.join(second.said)}")
    if not (second.same and second.healthy):
        problems.append("a second make dev does not leave the container as it is")
    told.append(Measurement(name="second run", value=second.seconds, unit="s"))
    return Judgement.of(problems, measurements=told)


@judges("FR-4.2")
def dev_shell(facts: ShellFacts) -> Judgement:
    """`make dev-shell` opens a shell, and says so in one line where there is nothing to open."""
    command = f"make {TARGET}"
    sessions = tuple(it for it in facts.sessions if it.command == command)
    opened = shell(facts.model_copy(update={"sessions": sessions}))
    problems = [opened.reason] if opened.reason else []
    if not sessions:
        problems.append(f"`{command}` was not tried")
    for refusal in facts.refusals:
        if refusal.status == 0:
            problems.append(f"with nothing running `{refusal.command}` ends with 0")
        if len(refusal.lines) != 1:
            problems.append(f"`{refusal.command}` says {len(refusal.lines)} lines, not one")
    return Judgement.of(problems)


@judges("FR-4.3")
def dev_logs(facts: LogFacts) -> Judgement:
    """`make dev-logs` follows, and Ctrl-C ends it and nothing else."""
    problems, told = [], []
    if facts.followed is None:
        problems.append("a line that is logged while it follows does not appear")
    if facts.ended is None:
        problems.append("Ctrl-C does not end it")
    else:
        name = "Ctrl-C to its end"
        told.append(Measurement(name=name, value=facts.ended, unit="s", limit=_PROMPTLY))
    if facts.left:
        problems.append(f"it leaves {facts.left} processes behind")
    if facts.trace:
        problems.append("it ends with a stack trace")
    if not facts.running:
        problems.append("it takes the container with it")
    unknown = None if problems else busy(facts.foreign, told)
    return unknown or Judgement.of(problems, measurements=told)


@judges("FR-4.5")
def dev_down(facts: LifecycleFacts) -> Judgement:
    """`make dev-down` leaves nothing running and loses no state."""
    if facts.down is None:
        return Judgement.unverified(NOT_UP)
    return Judgement.of([*_not_made(facts), *_left_by(facts.down)])


def _left_by(down: Down) -> Iterator[str]:
    if down.status != 0:
        yield ending("make dev-down", down.status)
    if down.containers:
        yield f"{down.containers} containers are left"
    if down.networks:
        yield f"{down.networks} networks are left"
    for port in down.ports:
        yield f"port {port} is still open"
    for kind, kept in down.kept.items():
        if not kept:
            yield f"{kind} is lost"


@judges("FR-4.6")
def dev_clean(facts: LifecycleFacts) -> Judgement:
    """`make dev-clean` removes all state and nothing else."""
    if facts.clean is None:
        return Judgement.unverified(NOT_UP)
    unknown = []
    if facts.clean.survived is None:
        said = " / ".join(facts.clean.again.said)
        unknown.append(
            f"whether state is left is not seen, since make dev brings nothing up: {said}"
        )
    return Judgement.of([*_not_made(facts), *_wrong_clean(facts.clean)], unknown=unknown)


def _not_made(facts: LifecycleFacts) -> Iterator[str]:
    for kind in (*KINDS, SESSIONS):
        if kind not in facts.made:
            yield f"{kind} could not be made in the container"


def _wrong_clean(clean: Clean) -> Iterator[str]:
    if clean.status != 0:
        yield ending("make dev-clean", clean.status)
    if clean.containers:
        yield f"{clean.containers} containers are left"
    for volume in clean.volumes:
        yield f"the volume {volume} is left"
    for kind in clean.state_on_host:
        yield f"{kind} is left in the checkout"
    for kind in clean.survived or ():
        yield f"{kind} is there again after make dev"
    for name in clean.changed:
        yield f"{name} of the checkout was changed or removed"
    if not clean.kept_env:
        yield ".env.local was removed"
    for thing in clean.took:
        yield f"another project's {thing} was removed"


@judges("US-3.1")
def workspace(facts: WorkspaceFacts) -> Judgement:
    """The shell shows sources, state and logs, and the tools work in it."""
    if not facts.opened:
        return Judgement.unverified("rests on G-1.4, which failed: no shell opened")
    return Judgement.of(list(_not_shown(facts)))


def _not_shown(facts: WorkspaceFacts) -> Iterator[str]:
    for source in SOURCES:
        if not facts.sources.get(source):
            yield f"{source} is not shown as it is on the host"
    if not facts.state:
        yield "there is no state to list"
    for target, shown in facts.state.items():
        if not shown:
            yield f"{target} cannot be listed"
    if not facts.logs:
        yield "there is no log file that can be read"
    for tool in TOOLS:
        if not facts.tools.get(tool):
            yield f"{tool} does not work"
