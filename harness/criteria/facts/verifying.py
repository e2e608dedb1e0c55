"""Which jobs of the workflows verify an image: they run by themselves, and their end counts."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.criteria.facts.verifying_steps import is_judging, verifying
from harness.errors import HarnessError
from harness.github.errors import BeyondModelError
from harness.github.workflow import Job, Step, Workflow, workflows
from harness.github.workflow_events import Event, dispatch, push, push_tag
from harness.github.workflow_run import Run

__all__ = ["Looked", "Verifying", "find"]

_CALLED, _BY_HAND = "workflow_call", "workflow_dispatch"
# What a push is tried as; a workflow that none of them triggers is taken to be triggered by others.
_PUSHES = (push("main", "deploy/x"), push_tag("v1.0.0"))


@dataclass
class Verifying:
    """A job that verifies an image.

    Attributes:
        steps: The steps of it that do, in order.
        aside: Those that read what one of them left, and do what reaches further than that.
    """

    job: Job
    steps: list[Step] = field(default_factory=list)
    aside: list[Step] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Where they are, for messages."""
        first, *others = (it.place for it in self.steps or self.aside)
        return ", ".join([first, *(it.removeprefix(f"{self.job.place}, ") for it in others)])


@dataclass
class Looked:
    """What was found in a checkout's workflows.

    Attributes:
        jobs: The jobs that verify an image.
        idle: The steps that would, and why they do not.
        beyond: What could not be looked into, and why.
    """

    jobs: list[Verifying] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)


def find(root: Path) -> Looked:
    """Look through all workflows of a checkout, and those that they call."""
    found = Looked()
    for name in workflows(root):
        try:
            _look(Workflow.read(root, name), found)
        except BeyondModelError as error:
            found.beyond.append(f"{name}: {error}")
        except HarnessError as error:
            found.beyond.append(str(error))
    found.beyond = list(dict.fromkeys(found.beyond))
    return found


def _look(workflow: Workflow, found: Looked) -> None:
    reached: dict[str, Verifying] = {}
    why: dict[str, str] = {}
    steps: dict[str, list[Step]] = {}
    for event in _events(workflow):
        for job, run in _own_jobs(workflow, Run(workflow, event), found.beyond):
            if job.place not in steps:
                steps[job.place] = list(verifying(job, workflow.root))
            for step in steps[job.place]:
                problem = _idle(job, step, run, event)
                if why.get(step.place) == "":
                    continue
                why[step.place] = problem
                if not problem:
                    _add(reached.setdefault(job.place, Verifying(job)), step, workflow.root)
    found.jobs += reached.values()
    found.idle += [f"{place}: {problem}" for place, problem in why.items() if problem]


def _add(found: Verifying, step: Step, root: Path) -> None:
    (found.steps if is_judging(step, root) else found.aside).append(step)


def _events(workflow: Workflow) -> Iterator[Event]:
    """Yield what starts it; one that is only called is looked at where it is called."""
    for name in workflow.triggers.events:
        if name == "push":
            fired = [it for it in _PUSHES if workflow.triggers.fire(it)]
            yield from fired or [Event(name, "")]
        elif name == _BY_HAND:
            yield dispatch("main")
        elif name != _CALLED:
            yield Event(name, "")


def _own_jobs(workflow: Workflow, run: Run, beyond: list[str]) -> Iterator[tuple[Job, Run]]:
    """Yield the jobs that have steps, each with the run that it is part of."""
    for job in workflow.jobs.values():
        try:
            inner = run.called(job)
        except BeyondModelError as error:
            beyond.append(f"{job.place}: {error}")
            continue
        if job.called and inner:
            yield from _own_jobs(job.called, inner, beyond)
        else:
            yield job, run


def _idle(job: Job, step: Step, run: Run, event: Event) -> str:
    """Return why a step verifies nothing though it says so; empty if it does."""
    if run.step(job, step) is False:
        return "it never runs"
    if event.name == _BY_HAND:
        return "it runs only when somebody starts it"
    return "" if _is_heeded(job, step) else "its failure is ignored"


def _is_heeded(job: Job, step: Step | None) -> bool:
    """Whether the failure of a step fails its job, or is asked for afterwards."""
    told = json.dumps(job.document, default=str)
    while step is not None:
        name = step.document.get("id")
        asked = name and re.search(rf"steps\.{re.escape(str(name))}\.outcome", told)
        if _goes_on(step.document.get("continue-on-error")) and not asked:
            return False
        step = step.outer
    return not _goes_on(job.document.get("continue-on-error"))


def _goes_on(value: object) -> bool:
    return re.sub(r"[\s${}]", "", str(value)).lower() == "true"
