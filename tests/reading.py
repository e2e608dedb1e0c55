"""The criteria that are read from a checkout, judged without a stack and without an engine."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from harness.criteria.catalog import Catalog
from harness.criteria.facts import (
    credential,
    critical_path,
    deployment,
    secret_use,
    stage_comment,
    trigger,
)
from harness.criteria.judge import documents, goals, workflow
from harness.criteria.verdict import Judgement, Verdict
from harness.project import Project

__all__ = ["not_passed"]

_CRITERIA = Path(__file__).resolve().parents[1] / "acceptance" / "criteria.toml"
_Judging = tuple[str, Callable[[], Judgement]]


def not_passed(root: Path) -> Iterator[tuple[str, str]]:
    """Yield each criterion that the checkout does not pass, and why."""
    for name, judge in _judgings(Project(root), Catalog.load(_CRITERIA)):
        found = judge()
        if found.verdict is not Verdict.PASSED:
            yield name, found.reason


def _judgings(project: Project, limits: Catalog) -> Iterator[_Judging]:
    triggers = trigger.observe(project)
    yield "G-2.1", partial(workflow.goal, triggers)
    yield "FR-5.1", partial(workflow.push, triggers)
    yield "FR-5.2", partial(workflow.paths, triggers)
    minutes = critical_path.observe(project)
    yield "G-2.2", partial(workflow.critical_path, minutes, limits["G-2.2"].limit)
    yield "NFR-4.3", lambda: workflow.secrets(secret_use.observe(project))
    asked = deployment.observe(project)
    yield "G-1.3", partial(goals.deployed_memory, asked, limits["G-1.3"].limit)
    stages = stage_comment.observe(project)
    yield "NFR-3.1", partial(documents.stages, stages)
    yield "NFR-3.2", partial(documents.arguments, stages)
    credentials = credential.observe(project)
    yield "NFR-4.2", partial(documents.rotation, credentials)
    yield "R-3.1", partial(documents.scopes, credentials)
