"""Which jobs and steps of a workflow run on an event, when each succeeds that is not to fail."""

from collections.abc import Collection, Iterable, Mapping

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
        assumed: Whether a job runs of which it is not known.
        failing: The jobs that fail, those that run at all when all goes well; by name.
    """

    def __init__(
        self,
        workflow: Workflow,
        event: Event,
        outer: Answer = True,
        *,
        assumed: bool = False,
        failing: Collection[str] = (),
    ) -> None:
        self._workflow = workflow
        self._event = event
        self._context: dict[str, Value] = dict(event.context())
        self._outer = outer
        self._assumed = assumed
        self._jobs: dict[str, Answer] = {}
        self._failing: set[str] = set()
        if failing:
            sound = Run(workflow, event, outer, assumed=assumed)
            self._failing |= {it for it in failing if sound.job(workflow.jobs[it]) is not False}

    def job(self, job: Job) -> Answer:
        """Whether a job runs."""
        if job.id not in self._jobs:
            found = self._job(job)
            unknown = isinstance(found, Unknown)
            self._jobs[job.id] = True if unknown and self._assumed else found
        return self._jobs[job.id]

    def called(self, job: Job) -> "Run | None":
        """Return the run of the workflow that a job calls; None where it calls none."""
        return Run(job.called, self._event, self.job(job)) if job.called else None

    def step(self, job: Job, step: Step) -> Answer:
        """Whether a step runs."""
        outer = self.step(job, step.outer) if step.outer else self.job(job)
        return _all([outer, holds(step.condition, self._context)])

    def result(self, job: Job) -> Value:
        """Return a job's result, where it is known whether it runs."""
        if job.id in self._failing:
            return "failure"
        runs = self.job(job)
        if isinstance(runs, Unknown):
            return runs
        return "success" if runs else "skipped"

    def status(self, job: Job) -> Mapping[str, Value]:
        """Return what success() and the like are for a job.

        They look at all that ends before it, not only at what it needs itself: a job behind one
        that was skipped is skipped too, though one between them ran all the same.
        """
        results = [self.result(it) for it in job.before]
        good = _all(it if isinstance(it, Unknown) else it == "success" for it in results)
        return {**SUCCESS, "success": good, "failure": "failure" in results}

    def _job(self, job: Job) -> Answer:
        results = {name: self.result(self._workflow.jobs[name]) for name in job.needs}
        context = {**self._context, "needs.*.result": tuple(results.values())}
        context |= {f"needs.{name.lower()}.result": it for name, it in results.items()}
        found = holds(job.condition, context, self.status(job))
        return _all([self._outer, found])


def _all(answers: Iterable[Answer]) -> Answer:
    """Return whether all of them are true; where none is false, the first that is not known."""
    found = list(answers)
    if False in found:
        return False
    return next((it for it in found if isinstance(it, Unknown)), True)
