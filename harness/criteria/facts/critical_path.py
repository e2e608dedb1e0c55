"""How long the deployment workflow may take at most, by the limits that GitHub enforces."""

from harness.criteria.facts.model import Facts
from harness.errors import HarnessError
from harness.github.errors import BeyondModelError
from harness.github.workflow_events import push
from harness.github.workflow_release import find
from harness.github.workflow_run import Run
from harness.github.workflow_time import critical_path
from harness.project import Project

__all__ = ["CriticalPathFacts", "observe"]

_MAIN = push("main", "deploy/x")


class CriticalPathFacts(Facts):
    """The longest way through the jobs that a push to main may run.

    Attributes:
        workflow: The file; empty where there is none.
        minutes: What the limits on the way add up to; None where that cannot be told.
        jobs: The jobs on it.
        beyond: What the limits depend on that is in no file; empty where they are known.
    """

    workflow: str
    minutes: float | None
    jobs: tuple[str, ...]
    beyond: str


def observe(project: Project) -> CriticalPathFacts:
    """Add the limits up."""
    name = ""
    try:
        workflow = find(project.root)
        name = workflow.name
        path = critical_path(workflow, Run(workflow, _MAIN))
    except BeyondModelError as error:
        return CriticalPathFacts(workflow=name, minutes=None, jobs=(), beyond=error.feature)
    except HarnessError:
        return CriticalPathFacts(workflow="", minutes=None, jobs=(), beyond="")
    return CriticalPathFacts(workflow=name, minutes=path.minutes, jobs=path.jobs, beyond="")
