"""Which workflow deploys, told from what its steps run."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from harness import npm_scripts
from harness.github.errors import BeyondModelError, WorkflowError
from harness.github.workflow import DIRECTORY, Job, Step, Workflow, workflows
from harness.github.workflow_events import Event, push
from harness.github.workflow_expression import Unknown
from harness.github.workflow_run import Answer, Run
from harness.github.workflow_shell import commands

__all__ = ["LOOKED_FOR", "deploys", "deploys_on", "find"]

_NAMES = tuple(f"{DIRECTORY}/cloudflare-deploy.{end}" for end in ("yml", "yaml"))
_DEEPEST_SCRIPT = 5
_ACTION = "cloudflare/wrangler-action@"
_PUSH = push("main", "deploy/x")

LOOKED_FOR = f"{_NAMES[0]}, or the only workflow that runs wrangler deploy or make deploy-cf"
"""Where a workflow that deploys may be."""


def find(root: Path) -> Workflow:
    """Return the workflow that deploys: the PRD's name for it, or the only one that does.

    Raises:
        WorkflowError: There is none, there are several, or GitHub refuses it.
        BeyondModelError: None is known to, and one may that calls into another repository.
    """
    there = workflows(root)
    for name in _NAMES:
        if name in there:
            return Workflow.read(root, name)
    answers = [(it, _deploying(it)) for it in _readable(root, there)]
    found = [it for it, answer in answers if answer is True]
    beyond = [answer for _, answer in answers if isinstance(answer, Unknown)]
    if beyond and not found:
        raise BeyondModelError(beyond[0].what)
    if len(found) != 1:
        names = ", ".join(it.name for it in found) or "none"
        raise WorkflowError(f"no workflow to deploy with: {names} of {LOOKED_FOR}", "add it")
    return found[0]


def deploys(step: Step, root: Path) -> bool:
    """Whether a step of a checkout's workflow deploys to Cloudflare, itself or by an npm script."""
    if step.uses.lower().startswith(_ACTION):
        return True
    return _is_deploying(step.run, root, step.directory)


def deploys_on(workflow: Workflow, event: Event) -> Answer:
    """Whether the event leads to a deployment, when all goes well.

    Where no step is one that is known to deploy, any job that runs counts.

    Raises:
        BeyondModelError: It depends on something that is in no file of the checkout.
        WorkflowError: A local action or an expression cannot be read.
    """
    if not workflow.triggers.fire(event):
        return False
    run = Run(workflow, event)
    known = [answer for answer, deploying in _answers(workflow, run) if deploying]
    return _any(known or [run.job(it) for it in workflow.jobs.values()])


def _answers(workflow: Workflow, run: Run) -> Iterator[tuple[Answer, bool]]:
    """Yield for each step whether it runs, and whether it is one that deploys, or may."""
    for job in workflow.jobs.values():
        try:
            inner = run.called(job)
        except BeyondModelError as error:
            yield run.job(job) and Unknown(error.feature), True
            continue
        if job.called and inner:
            yield from _answers(job.called, inner)
        for step in job.steps():
            yield run.step(job, step), deploys(step, workflow.root)


def _any(answers: Iterable[Answer]) -> Answer:
    """Return whether one of them is true, or may be."""
    found = list(answers)
    return True in found or next((it for it in found if isinstance(it, Unknown)), False)


def _readable(root: Path, names: list[str]) -> Iterator[Workflow]:
    for name in names:
        try:
            yield Workflow.read(root, name)
        except WorkflowError:
            continue


def _deploying(workflow: Workflow) -> Answer:
    # One that is only called deploys through the one that calls it.
    if set(workflow.triggers.events) == {"workflow_call"}:
        return False
    found = _any(_in_job(job) for job in workflow.jobs.values())
    return found if found is True or _may_fire(workflow) else False


def _in_job(job: Job) -> Answer:
    try:
        if job.called:
            return _any(_in_job(it) for it in job.called.jobs.values())
        return any(deploys(step, job.workflow.root) for step in job.steps())
    except BeyondModelError as error:
        return Unknown(error.feature)
    except WorkflowError:
        return False


def _may_fire(workflow: Workflow) -> bool:
    try:
        return workflow.triggers.fire(_PUSH)
    except BeyondModelError:
        return True


def _is_deploying(script: str, root: Path, directory: str, depth: int = 0) -> bool:
    for it in commands(script):
        if _is_deploy(it.names):
            return True
        if npm_scripts.is_call(it.names) and depth < _DEEPEST_SCRIPT:
            inner = npm_scripts.called(it.names, root, directory)
            if inner and _is_deploying(inner.text, root, inner.directory, depth + 1):
                return True
    return False


def _is_deploy(names: list[str]) -> bool:
    if not names:
        return False
    program, words = Path(names[0]).name, names[1:]
    plain = [it for it in words if not it.startswith("-")]
    if program == "wrangler":
        return plain[:1] == ["deploy"] or plain[:2] == ["versions", "deploy"]
    if program == "harness":
        return plain[:1] == ["deploy"]
    return program in {"make", "gmake"} and "deploy-cf" in plain
