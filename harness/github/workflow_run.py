"""Which jobs and steps of a workflow run on an event, when each of them succeeds."""

from collections.abc import Mapping

from harness.github.workflow import Job, Step, Workflow
from harness.github.workflow_events import Event
from harness.github.workflow_expression import Unknown, Value, evaluate, inside, truth

__all__ = ["Answer", "Run"]

Answer = bool | Unknown
"""Whether something runs, or what that depends on."""

_SUCCESS: Mapping[str, Value] = {
    "success": True,
    "always": True,
    "failure": False,
    "cancelled": False,
}
_SKIPPED: Mapping[str, Value] = {**_SUCCESS, "success": False}
_NOTHING: Mapping[str, Value] = {}
_STATUS_CALLS = tuple(f"{name}(" for name in _SUCCESS)


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
        return _both(outer, self._holds(step.condition, _SUCCESS))

    def _job(self, job: Job) -> Answer:
        results = {name: self.job(self._workflow.jobs[name]) for name in job.needs}
        needed = list(results.values())
        known = {f"needs.{name.lower()}.result": _result(it) for name, it in results.items()}
        unknown = next((it for it in needed if isinstance(it, Unknown)), None)
        if False in needed:
            holds = self._holds(job.condition, _SKIPPED, known)
        elif unknown:
            holds = self._holds(job.condition, {**_SUCCESS, "success": unknown}, known)
        else:
            holds = self._holds(job.condition, _SUCCESS, known)
        return _both(self._outer, holds)

    def _holds(
        self, condition: str, status: Mapping[str, Value], needs: Mapping[str, Value] = _NOTHING
    ) -> Answer:
        """Evaluate an `if`, which asks for success() unless it asks for another status."""
        text = condition.strip()
        if "${{" in text:
            whole = inside(text)
            if not (len(whole) == 1 and text.startswith("${{") and text.endswith("}}")):
                return truth(status["success"])  # a text that is not empty is true
            text = whole[0]
        if not text:
            return truth(status["success"])
        lowered = text.lower().replace(" ", "")
        found = truth(evaluate(text, {**self._context, **needs}, status))
        if any(call in lowered for call in _STATUS_CALLS):
            return found
        return _both(truth(status["success"]), found)


def _result(runs: Answer) -> Value:
    """Return a job's result, when each that runs succeeds."""
    if isinstance(runs, Unknown):
        return runs
    return "success" if runs else "skipped"


def _both(left: Answer, right: Answer) -> Answer:
    if False in {left, right}:
        return False
    return left if isinstance(left, Unknown) else right
