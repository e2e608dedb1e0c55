"""Which workflow deploys, told from what its steps run."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from harness.github.errors import BeyondModelError, WorkflowError
from harness.github.workflow import DIRECTORY, Job, Step, Workflow, workflows
from harness.github.workflow_calls import Ran, ran
from harness.github.workflow_events import Event, push
from harness.github.workflow_expression import Unknown, inside
from harness.github.workflow_run import Answer, Run

__all__ = ["LOOKED_FOR", "Deployments", "deploys", "find", "may_deploy"]

_NAMES = tuple(f"{DIRECTORY}/cloudflare-deploy.{end}" for end in ("yml", "yaml"))
_ACTION = "cloudflare/wrangler-action@"
_PUSH = push("main", "deploy/x")
# Options of wrangler and of the harness whose next word is a value, and those that deploy nothing.
_VALUED = re.compile(
    r"-[ce]|--(config|cwd|env|env-file|name|outdir|outfile|compatibility-(date|flags?)|assets|tag"
    r"|message|var|define|alias|routes?|domains?|triggers|schedules?|tsconfig|image|evidence"
    r"|deadline|require)"
)
_PRETENDING = re.compile(r"--(dry-run|rehearse|help|version)(=(?!false).*)?|-h|-v")
_DRY = "dry-run"
_SAYS_SO = re.compile(r"wrangler\W.*?\bdeploy\b", re.DOTALL)

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
    """Whether a step of a checkout's workflow is known to deploy to Cloudflare.

    It does so itself, or by what it calls in the checkout.
    """
    return _deploys(step, root) is True


def may_deploy(step: Step, root: Path) -> bool:
    """Whether a step deploys, or does something of which that cannot be told."""
    return _deploys(step, root) is not False


class Deployments:
    """What leads to a deployment by a workflow.

    Args:
        workflow: The workflow.
    """

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        # Each step is looked at once, however many events are asked about.
        self._known: dict[str, bool] = {}

    def on(self, event: Event) -> Answer:
        """Whether the event leads to one, when all goes well.

        Where no step is one that is known to deploy, any job that runs counts.

        Raises:
            BeyondModelError: It depends on something that is in no file of the checkout.
            WorkflowError: A local action or an expression cannot be read.
        """
        if not self._workflow.triggers.fire(event):
            return False
        run = Run(self._workflow, event)
        known = [answer for answer, deploying in self._answers(self._workflow, run) if deploying]
        return _any(known or [run.job(it) for it in self._workflow.jobs.values()])

    def _answers(self, workflow: Workflow, run: Run) -> Iterator[tuple[Answer, bool]]:
        """Yield for each step whether it runs, and whether it is one that deploys, or may."""
        for job in workflow.jobs.values():
            try:
                inner = run.called(job)
            except BeyondModelError as error:
                yield run.job(job) and Unknown(error.feature), True
                continue
            if job.called and inner:
                yield from self._answers(job.called, inner)
            for step in job.steps():
                if step.place not in self._known:
                    self._known[step.place] = deploys(step, workflow.root)
                yield run.step(job, step), self._known[step.place]


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
        return _any(_deploys(step, job.workflow.root) for step in job.steps())
    except BeyondModelError as error:
        return Unknown(error.feature)
    except WorkflowError:
        return False


def _may_fire(workflow: Workflow) -> bool:
    try:
        return workflow.triggers.fire(_PUSH)
    except BeyondModelError:
        return True


def _deploys(step: Step, root: Path) -> Answer:
    if step.uses.lower().startswith(_ACTION):
        return _by_action(step, root)
    return _by_script(step.run, root, step.directory)


def _by_action(step: Step, root: Path) -> Answer:
    """Whether the step's action deploys; it does where it is given no other command."""
    given = {name.lower(): value for name, value in step.inputs.items()}
    lines = given.get("command", "").strip().splitlines() or ["deploy"]
    script = "\n".join(f"wrangler {it}" for it in lines)
    if inside(lines[0]) and lines[0].startswith("${{"):
        return Unknown(f"a command made by {lines[0]} ({step.place})")
    around = (given.get(f"{it}commands", "") for it in ("pre", "post"))
    directory = given.get("workingdirectory", ".")
    return _any(_by_script(it, root, directory) for it in (script, *around))


def _by_script(script: str, root: Path, directory: str) -> Answer:
    found = _any(_by_command(it) for it in ran(script, root, directory))
    pretending = [it for it in inside(script) if _DRY in it]
    return Unknown(pretending[0]) if pretending and found is not False else found


def _by_command(it: Ran) -> Answer:
    if it.beyond:
        return Unknown(it.beyond)
    if it.file:
        return Unknown(f"what {it.file} does") if _SAYS_SO.search(it.text) else False
    return _is_deploy(it.names)


def _is_deploy(names: list[str]) -> bool:
    if not names or any(_PRETENDING.fullmatch(it) for it in names[1:]):
        return False
    program = Path(names[0]).name
    if program in {"make", "gmake"}:
        return "deploy-cf" in names and "-n" not in names
    words = (it for before, it in pairwise(names) if not _VALUED.fullmatch(before))
    plain = [it for it in words if not it.startswith("-")]
    if program == "wrangler":
        return plain[:1] == ["deploy"] or plain[:2] == ["versions", "deploy"]
    return program == "harness" and plain[:1] == ["deploy"]
