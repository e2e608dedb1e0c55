"""Which jobs and steps of a workflow run on an event, when each of them succeeds."""

from collections.abc import Iterable, Mapping

from harness.github.workflow import Job, Step, Workflow
from harness.github.workflow_events import Event
from harness.github.workflow_expression import SUCCESS, Unknown, Value, holds

__all__ = ["Answer", "Run"]

Answer = bool | Unknown
"""Whether something runs, or what that depends on."""


class Run:
    """A workflow's run on an event.

    Args:
        workflow: The workflow.
        event: The event, which is taken to trigger it.
        outer: Whether the job that calls the workflow runs.
    """

    def __init__(self, workflow: Workflow, event: Event, outer: Answer = True) -> None:
        self._workflow = workflow
        self._event = event
        self._context: dict[str, Value] = dict(event.context())
        self._outer = outer
        self._jobs: dict[str, Answer] = {}

    def job(self, job: Job) -> Answer:
        """Whether a job runs."""
        if job.id not in self._jobs:
            self._jobs[job.id] = self._job(job)
        return self._jobs[job.id]

    def called(self, job: Job) -> "Run | None":
        """Return the run of the workflow that a job calls; None where it calls none."""
        return Run(job.called, self._event, self.job(job)) if job.called else None

    def step(self, job: Job, step: Step) -> Answer:
        """Whether a step runs."""
        outer = self.step(job, step.outer) if step.outer else self.job(job)
        return _all([outer, holds(step.condition, self._context)])

    def result(self, job: Job) -> Value:
        """Return a job's result, when each that runs succeeds."""
        runs = self.job(job)
        if isinstance(runs, Unknown):
            return runs
        return "success" if runs else "skipped"

    def status(self, job: Job) -> Mapping[str, Value]:
        """Return what success() and the like are for a job.

        They look at all that ends before it, not only at what it needs itself: a job behind one
        that was skipped is skipped too, though one between them ran all the same.
        """
        return {**SUCCESS, "success": _all(self.job(it) for it in job.before)}

    def _job(self, job: Job) -> Answer:
        results = {name: self.result(self._workflow.jobs[name]) for name in job.needs}
        known: dict[str, Value] = {
            f"needs.{name.lower()}.result": results[name] for name in results
        }
        known["needs.*.result"] = tuple(results.values())
        found = holds(job.condition, {**self._context, **known}, self.status(job))
        return _all([self._outer, found])


def _all(answers: Iterable[Answer]) -> Answer:
    """Return whether all of them are true; where none is false, the first that is not known."""
    found = list(answers)
    if False in found:
        return False
    return next((it for it in found if isinstance(it, Unknown)), True)
