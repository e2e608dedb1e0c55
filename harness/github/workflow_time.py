"""How long a workflow may take: the critical path of the limits that GitHub enforces."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.github.errors import BeyondModelError
from harness.github.workflow import Job, Workflow
from harness.github.workflow_run import Run

__all__ = ["Path", "critical_path", "longest_way"]


@dataclass(frozen=True)
class Path:
    """The longest way through the jobs.

    Attributes:
        minutes: What its jobs' times add up to.
        jobs: The jobs on it, in order; those of a called workflow after the job that calls it.
    """

    minutes: float = 0.0
    jobs: tuple[str, ...] = ()

    def then(self, minutes: float, *jobs: str) -> "Path":
        """Return the way that goes on with this."""
        return Path(self.minutes + minutes, (*self.jobs, *jobs))


def critical_path(workflow: Workflow, run: Run) -> Path:
    """Return the way that takes longest when each job takes all of its time.

    Jobs that cannot run in this run are left out; those of which it is not known are not. The time
    that a job waits for a machine, or for a person's approval, is in no limit.

    Raises:
        BeyondModelError: A limit or a matrix is computed while the workflow runs.
    """
    return longest_way(workflow, lambda it: Path() if run.job(it) is False else _own(it, run))


def longest_way(workflow: Workflow, own: Callable[[Job], Path]) -> Path:
    """Return the way through a workflow's jobs that takes longest, by what each waits for.

    Args:
        workflow: The workflow.
        own: Returns a job's own part of it, with that of the workflow that it calls.
    """
    ends: dict[str, Path] = {}

    def end(job: Job) -> Path:
        if job.id not in ends:
            before = [end(workflow.jobs[name]) for name in job.needs]
            start = max(before, key=lambda it: it.minutes, default=Path())
            part = own(job)
            ends[job.id] = start.then(part.minutes, *part.jobs)
        return ends[job.id]

    return max((end(job) for job in workflow.jobs.values()), key=lambda it: it.minutes)


def _own(job: Job, run: Run) -> Path:
    called = run.called(job)
    if called and job.called:
        inner = critical_path(job.called, called)
        return Path(_rounds(job) * inner.minutes, (job.id, *inner.jobs))
    return Path(_rounds(job) * min(job.limit, _steps_limit(job)), (job.id,))


def _steps_limit(job: Job) -> float:
    """Return the sum of the steps' own limits; endless where one has none."""
    return sum(math.inf if (limit := it.limit()) is None else limit for it in job.own_steps)


def _rounds(job: Job) -> int:
    """Return how many jobs of a matrix come one after another."""
    strategy = job.document.get("strategy")
    if not isinstance(strategy, Mapping) or "max-parallel" not in strategy:
        return 1
    matrix, at_once = strategy.get("matrix"), strategy["max-parallel"]
    if not isinstance(matrix, Mapping) or not isinstance(at_once, int) or at_once < 1:
        raise BeyondModelError(f"a computed matrix ({job.place})")
    lists = {key: value for key, value in matrix.items() if key != "exclude"}
    if not all(isinstance(it, list) for it in lists.values()):
        raise BeyondModelError(f"a computed matrix ({job.place})")
    # Every entry of `include` may be one more; those that `exclude` takes out are counted too.
    more = len(lists.pop("include", []))
    count = math.prod(len(it) for it in lists.values()) if lists else 0
    return max(1, math.ceil((count + more) / at_once))
