"""Which jobs of a workflow may tell how a deployment ended, and which of their steps can be run.

A step that deploys is never run, nor is one of its job that stands before it, nor one that is given
a secret of the repository's own: these are only played. Where no step is known to deploy, any may.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.github.errors import BeyondModelError
from harness.github.perform import Played
from harness.github.workflow import Job, Step, Workflow
from harness.github.workflow_events import Event
from harness.github.workflow_expression import Unknown, Value, holds
from harness.github.workflow_part import Part, parts, writes
from harness.github.workflow_release import deploys
from harness.github.workflow_run import Answer, Run

__all__ = ["Cast", "Teller", "cast"]

_AFTER_FAILURE: Mapping[str, Value] = {
    "success": False,
    "failure": True,
    "always": True,
    "cancelled": False,
}
_DEFAULT = Unknown("what the token may by default, which is a setting of the repository")


@dataclass(frozen=True)
class Teller:
    """A job that may tell how the deployment ended.

    Attributes:
        job: The job.
        right: Whether its token may write what tells.
        played: Its steps that are not run, by their place.
        failing: Those of them that fail where the deployment does.
        may_deploy: Whether one of them may be what deploys, where none is known to be.
        beyond: What it takes to run it at all that is not here; empty where it can be run.
    """

    job: Job
    right: Answer
    played: Mapping[str, Played] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()
    may_deploy: bool = False
    beyond: str = ""

    def after(self, ended: str) -> dict[str, Played]:
        """Return its steps that are not run where the deployment ends in "success" or "failure"."""
        failing = self.failing if ended == "failure" else ()
        return {place: replace(it, ok=place not in failing) for place, it in self.played.items()}


@dataclass(frozen=True)
class Cast:
    """Who plays what in a deployment.

    Attributes:
        tellers: The jobs that may tell, each after those that it needs.
        failing: The jobs that fail where the deployment does, by name.
    """

    tellers: tuple[Teller, ...]
    failing: frozenset[str]


def cast(workflow: Workflow, event: Event) -> Cast:
    """Find out who may tell how a workflow's deployment ended.

    Args:
        workflow: The workflow.
        event: What starts it.

    Raises:
        BeyondModelError: A table of variables is computed.
        WorkflowError: A local action, a called workflow or an expression cannot be read.
    """
    run = Run(workflow, event, assumed=True)
    jobs = sorted(workflow.jobs.values(), key=lambda it: len(it.before))
    found = [it for it in jobs if run.job(it) and _deploys(it)]
    last = _last(found)
    if not last:
        return _unknown(jobs)
    late = [it for it in jobs if last & {it.id, *(before.id for before in it.before)}]
    tellers = (_teller(it, _of_known(it, is_it=it.id in last)) for it in late)
    return Cast(tuple(filter(None, tellers)), frozenset(last))


def _unknown(jobs: Sequence[Job]) -> Cast:
    """Return the cast where no step is known to deploy: what those need that tell fails then."""
    tellers = [it for job in jobs if (it := _teller(job, _of_any(job)))]
    own = [it.job for it in tellers if it.failing]
    needed = {name for it in tellers if not it.may_deploy for name in it.job.needs}
    return Cast(tuple(tellers), frozenset(needed | _last(own)))


def _last(jobs: Sequence[Job]) -> set[str]:
    """Return those jobs that no other of them waits for: those before the last succeed."""
    return {it.id for it in jobs} - {it.id for job in jobs for it in job.before}


@dataclass(frozen=True)
class _Plan:
    """What is made of a job's steps.

    Attributes:
        late: Those that may tell how the deployment ended, by where they stand.
        run: Those that are run.
        failing: The place of the one that fails where the deployment does; empty for none.
        may_deploy: As for `Teller`.
    """

    late: Sequence[Part]
    run: Sequence[Part]
    failing: str = ""
    may_deploy: bool = False


def _of_known(job: Job, *, is_it: bool) -> _Plan:
    """Return the plan of a job that deploys: of the steps after it, those are run that tell.

    Args:
        job: The job, or one behind it.
        is_it: Whether it is the deployment that may fail.
    """
    every = parts(job)
    found = [it for it in every if any(deploys(step, job.workflow.root) for step in it.inner)]
    if not found:
        return _of_rest(job)
    late = [it for it in every[every.index(found[-1]) + 1 :] if it.may_tell]
    shown = [it for it in late if it.says] or late
    both = [it for it in found if it.says]
    # A way back deploys too, after a failure.
    plain = [it for it in found if not _runs_after_failure(it.step.condition)] or found
    return _Plan([*both, *shown], shown, plain[-1].place if is_it else "")


def _of_rest(job: Job) -> _Plan:
    """Return the plan of a job behind the one that deploys: it may prepare what it tells."""
    every = parts(job)
    late = [it for it in every if it.may_tell]
    prepares = [it for it in every if it.step.run and not it.is_surrounded]
    return _Plan(late, [*prepares, *late])


def _of_any(job: Job) -> _Plan:
    """Return the plan of a job where no step is known to deploy.

    One that runs after a failure too deploys nothing, nor does one that only tells; of any other
    only what tells and nothing else is run.
    """
    every = parts(job)
    shown = [it for it in every if it.only_says]
    others = [it for it in every if not it.only_says and (it.is_script or it.action)]
    if not others or (job.needs and _runs_after_failure(job.condition, job.needs)):
        return _of_rest(job)
    late = [it for it in every if it.says] or [it for it in every if it.may_tell]
    failing = _failing(job, others) if any(it.says for it in late) else ""
    return _Plan(late, shown, failing, may_deploy=True)


def _failing(job: Job, others: Sequence[Part]) -> str:
    """Return the step that fails: the one whose end is asked for, or else the last one."""
    plain = [it for it in others if not _runs_after_failure(it.step.condition)] or others
    asked = [it for it in plain if _is_asked_for(job, it.step)]
    return (asked or plain)[-1].place


def _is_asked_for(job: Job, step: Step) -> bool:
    name = re.escape(str(step.document.get("id") or ""))
    return bool(name) and bool(
        re.search(rf"steps\.{name}\.(outcome|conclusion)", str(job.document))
    )


def _runs_after_failure(condition: str, needs: Sequence[str] = ()) -> bool:
    results: dict[str, Value] = {f"needs.{it.lower()}.result": "failure" for it in needs}
    context = {**results, "needs.*.result": tuple(results.values())}
    return holds(condition, context, _AFTER_FAILURE) is not False


def _teller(job: Job, plan: _Plan) -> Teller | None:
    """Return what a job may tell; None where it may not, or has nothing that could."""
    permissions = job.document.get("permissions", job.workflow.document.get("permissions"))
    right = _DEFAULT if permissions is None else writes(permissions)
    beyond = _called(job)
    if right is False or not (plan.late or beyond):
        return None
    run = {it.place for it in plan.run if it.is_script and not it.action and not it.foreign}
    played = {it.place: _played(it, plan) for it in parts(job) if it.place not in run}
    failing = frozenset({plan.failing} - {""})
    return Teller(job, right, played, failing, plan.may_deploy, beyond)


def _played(part: Part, plan: _Plan) -> Played:
    if part not in plan.late:
        return Played()
    if part.action:
        return Played(beyond=f"the action {part.action}", matters=part.says)
    what = f"the secret {part.foreign}" if part.foreign else "a script that may be what deploys"
    return Played(beyond=f"{what} ({part.place})", matters=part.says)


def _called(job: Job) -> str:
    """Return what takes a workflow that a job calls, if that may tell; empty where it cannot."""
    try:
        called = job.called
    except BeyondModelError as error:
        return error.feature
    inner = called.all_jobs() if called else ()
    tells = any(part.may_tell for it in inner for part in parts(it))
    return f"a called workflow that may tell ({job.place})" if tells else ""


def _deploys(job: Job) -> bool:
    return any(deploys(step, job.workflow.root) for step in _steps(job))


def _steps(job: Job) -> Iterator[Step]:
    """Yield a job's steps and those of the workflow that it calls, if that is in the checkout."""
    try:
        called = job.called
    except BeyondModelError:
        return
    yield from job.steps()
    for inner in called.jobs.values() if called else ():
        yield from _steps(inner)
