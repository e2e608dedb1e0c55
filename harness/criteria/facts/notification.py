"""Whom the deployment workflow tells how it ended: its own scripts, on a GitHub on loopback."""

import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from harness.criteria.facts.model import Facts
from harness.criteria.facts.outside import outside
from harness.errors import HarnessError
from harness.fixtures.copy import working_copy
from harness.github.errors import BeyondModelError
from harness.github.perform import Contexts, perform
from harness.github.rehearsal.github import Stage, github
from harness.github.workflow import Job, Workflow
from harness.github.workflow_events import push
from harness.github.workflow_release import deploys, find
from harness.github.workflow_run import Run
from harness.github.workflow_shell import commands
from harness.project import Project
from harness.scratch import scratch

__all__ = ["NotificationFacts", "Status", "Telling", "observe"]

_COMMIT = "c0ffee" + "0" * 34
_MAIN = push("main", "deploy/x")
_RUN = 4711
_ENDS = ("success", "failure")
_GITHUB = re.compile(r"https://(?:api\.)?github\.com(/|$)", re.MULTILINE)
_ON_GITHUB = frozenset({"aws", "az", "curl", "docker", "gh", "jq", "node", "npm", "npx", "pwsh"})
_TELLING = frozenset({"statuses", "pull-requests", "issues", "checks"})


class Status(Facts):
    """A status that reached GitHub.

    Attributes:
        commit: Whether it is on the commit that was pushed.
        link: Where it leads: to the `run`, to what was `deployed`, or `elsewhere`.
    """

    commit: bool
    state: str
    link: str
    description: str


class Telling(Facts):
    """What was told of one end of the run.

    Attributes:
        ended: How the run ended: success or failure.
        jobs: The jobs that tell, which run then.
        failed: The scripts of theirs that failed.
        statuses: What reached GitHub, in order.
    """

    ended: str
    jobs: tuple[str, ...]
    failed: tuple[str, ...]
    statuses: tuple[Status, ...]


class NotificationFacts(Facts):
    """What is told when a deployment succeeds, and when it fails.

    Attributes:
        workflow: The workflow that deploys; empty where there is none.
        beyond: What cannot be run here; empty where all can.
        tellings: One for each end.
    """

    stand_ins = ("GitHub",)

    workflow: str
    beyond: str
    tellings: tuple[Telling, ...]


def observe(project: Project) -> NotificationFacts:
    """Run the scripts of the jobs that may write to GitHub, for either end of a run."""
    name = ""
    try:
        workflow = find(project.root)
        name = workflow.name
        with ThreadPoolExecutor() as pool:
            found = tuple(pool.map(lambda end: _tell(project, workflow, end), _ENDS))
    except BeyondModelError as error:
        return NotificationFacts(workflow=name, beyond=error.feature, tellings=())
    except HarnessError as error:
        beyond = str(error) if name else ""
        return NotificationFacts(workflow=name, beyond=beyond, tellings=())
    return NotificationFacts(workflow=name, beyond="", tellings=found)


def _tell(project: Project, workflow: Workflow, ended: str) -> Telling:
    jobs, failed = [], []
    with (
        working_copy(project) as copy,
        github({_COMMIT: []}) as stage,
        scratch("notify") as temporary,
        outside() as others,
    ):
        here = Workflow(workflow.root, workflow.name, _led(workflow.document, stage))
        # What the job's set-up makes: scripts may call programs in it by their place.
        (copy.root / ".venv").symlink_to(sys.prefix)
        for job in filter(_may_tell, here.jobs.values()):
            contexts = _contexts(here, job, ended, stage)
            if not contexts.holds(job.condition):
                continue
            jobs.append(job.id)
            environment = {**_environment(stage, temporary), **others.environment}
            done = perform(job, contexts, environment, copy.root)
            failed += [it.place for it in done if it.status]
            _refuse_what_lacks(job, failed)
        statuses = tuple(_statuses(stage))
    if others.asked and (failed or not statuses):
        raise BeyondModelError(f"a request to {others.asked[0]}")
    return Telling(ended=ended, jobs=tuple(jobs), failed=tuple(failed), statuses=statuses)


def _led(document: Any, stage: Stage) -> Any:  # noqa: ANN401 -- whatever YAML holds
    """Return a workflow's document with GitHub's own addresses led to the stand-in."""
    if isinstance(document, Mapping):
        return {key: _led(value, stage) for key, value in document.items()}
    if isinstance(document, list):
        return [_led(it, stage) for it in document]
    return _GITHUB.sub(f"{stage.url}\\1", document) if isinstance(document, str) else document


def _refuse_what_lacks(job: Job, failed: Collection[str]) -> None:
    """Refuse a script that failed if a program is not here that GitHub's machines have.

    Raises:
        BeyondModelError: One is missing.
    """
    for step in job.own_steps:
        for name in (it.names[0] for it in commands(step.run) if it.names):
            if step.place in failed and name in _ON_GITHUB and not shutil.which(name):
                raise BeyondModelError(f"{name}, which is not here ({step.place})")


def _may_tell(job: Job) -> bool:
    permissions = job.document.get("permissions", job.workflow.document.get("permissions"))
    if not isinstance(permissions, Mapping):
        return bool(permissions == "write-all")
    return any(permissions.get(name) == "write" for name in _TELLING)


def _contexts(workflow: Workflow, job: Job, ended: str, stage: Stage) -> Contexts:
    needs = {name: _result(workflow, workflow.jobs[name], ended) for name in job.needs}
    good = all(it["result"] in {"success", "skipped"} for it in needs.values())
    given = {**stage.environment(_COMMIT, _RUN), **_of_push()}
    names = {name.removeprefix("GITHUB_").lower(): value for name, value in given.items()}
    trees = {
        "needs": needs,
        "secrets": {"GITHUB_TOKEN": stage.state.token},
        "github": names,
        "vars": {},
        "runner": {"os": "Linux"},
    }
    status = {"success": good, "failure": not good, "always": True, "cancelled": False}
    return Contexts(trees, status)


def _result(workflow: Workflow, job: Job, ended: str) -> dict[str, Any]:
    """Return what `needs` says of a job: on failure it is the one that deploys that failed."""
    runs = Run(workflow, _MAIN).job(job) is not False
    if ended == "success":
        result = "success" if runs else "skipped"
    else:
        fails = any(deploys(it, workflow.root) for it in job.steps())
        result = "failure" if fails else "success"
    outputs = {name: f"{name} of {job.id}" for name in job.outputs}
    return {"result": result, "outputs": outputs}


def _of_push() -> dict[str, str]:
    told = {name.replace(".", "_").upper(): value for name, value in _MAIN.context().items()}
    return {name: value for name, value in told.items() if name != "GITHUB_EVENT_REF"}


def _environment(stage: Stage, temporary: Path) -> dict[str, str]:
    given = stage.environment(_COMMIT, _RUN)
    # The token reaches a step only by the step's own env.
    own = {name: value for name, value in given.items() if name != "GITHUB_TOKEN"}
    files = ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")
    paths = {name: str(temporary / name.lower()) for name in files}
    known = {"CI": "true", "GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(temporary)}
    return {"PATH": os.environ["PATH"], **_of_push(), **own, **paths, **known}


def _statuses(stage: Stage) -> Iterator[Status]:
    for commit, found in stage.state.statuses.items():
        for it in found:
            yield Status(
                commit=commit == _COMMIT,
                state=it["state"],
                link=_link(stage, it.get("target_url") or ""),
                description=it.get("description") or "",
            )


def _link(stage: Stage, url: str) -> str:
    if url.startswith(f"{stage.url}/{stage.repository}/actions/runs/{_RUN}"):
        return "run"
    return "deployed" if " of " in url else "elsewhere"
