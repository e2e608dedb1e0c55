"""Whom the deployment workflow tells how it ended: its own scripts, on a GitHub on loopback."""

import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.criteria.facts.model import Facts
from harness.criteria.facts.outside import outside
from harness.errors import HarnessError
from harness.fixtures.copy import working_copy
from harness.github.errors import BeyondModelError
from harness.github.perform import perform
from harness.github.rehearsal.github import Stage, github
from harness.github.workflow import Job, Workflow
from harness.github.workflow_context import Contexts
from harness.github.workflow_events import push
from harness.github.workflow_expression import Unknown
from harness.github.workflow_release import find
from harness.github.workflow_run import Run
from harness.github.workflow_shell import commands
from harness.github.workflow_tell import Cast, Teller, cast
from harness.project import Project
from harness.scratch import scratch

__all__ = ["NotificationFacts", "Status", "Telling", "observe"]

_COMMIT = "c0ffee" + "0" * 34
_MAIN = push("main", "deploy/x")
_RUN = 4711
_ENDS = ("success", "failure")
_GITHUB = re.compile(r"https://(?:api\.)?github\.com(/|$)", re.MULTILINE)
_ON_GITHUB = frozenset({"aws", "az", "curl", "docker", "gh", "jq", "node", "npm", "npx", "pwsh"})
_ACTIONS = ("**/action.yml", "**/action.yaml")


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
        beyond: What cannot be run here, or told; empty where all can.
        tellings: One for each end that could be played.
    """

    stand_ins = ("GitHub",)

    workflow: str
    beyond: str
    tellings: tuple[Telling, ...]


def observe(project: Project) -> NotificationFacts:
    """Run the scripts that tell GitHub, for either end of a deployment that is only played."""
    name = ""
    try:
        workflow = find(project.root)
        name = workflow.name
        plays = _Plays(project, workflow, cast(workflow, _MAIN))
    except BeyondModelError as error:
        return NotificationFacts(workflow=name, beyond=error.feature, tellings=())
    except HarnessError as error:
        return NotificationFacts(workflow=name, beyond=str(error) if name else "", tellings=())
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(plays.play, _ENDS))
    beyond = next((it for _, it in found if it), "")
    tellings = tuple(it for it, _ in found if it)
    return NotificationFacts(workflow=name, beyond=beyond, tellings=tellings)


@dataclass(frozen=True)
class _Plays:
    """The ends of a deployment, each of which can be played."""

    project: Project
    workflow: Workflow
    cast: Cast

    def play(self, ended: str) -> tuple[Telling | None, str]:
        """Return what is told of an end, and what of it only GitHub can tell; empty for nothing."""
        try:
            return self._told(ended)
        except BeyondModelError as error:
            return None, error.feature
        except HarnessError as error:
            return None, str(error)

    def _told(self, ended: str) -> tuple[Telling, str]:
        with (
            working_copy(self.project) as copy,
            github({_COMMIT: []}) as stage,
            scratch("notify") as temporary,
            outside() as others,
        ):
            workflow = self._led(copy.root, stage)
            # What the job's set-up makes: scripts may call programs in it by their place.
            (copy.root / ".venv").symlink_to(sys.prefix)
            environment = {**_environment(stage, temporary, copy.root), **others.environment}
            failing = self.cast.failing if ended == "failure" else ()
            run = Run(workflow, _MAIN, assumed=True, failing=failing)
            played = _Played(workflow, stage, environment, run, ended)
            for teller in self.cast.tellers:
                played.take(teller)
            statuses = tuple(_statuses(stage))
        if others.asked and (played.failed or not statuses):
            raise BeyondModelError(f"a request to {others.asked[0]}")
        if played.beyond and (not statuses or statuses[-1].state == "pending"):
            raise BeyondModelError(played.beyond[0])
        jobs, failed = tuple(played.jobs), tuple(played.failed)
        told = Telling(ended=ended, jobs=jobs, failed=failed, statuses=statuses)
        return told, next(iter(played.open), "")

    def _led(self, root: Path, stage: Stage) -> Workflow:
        """Return the workflow of a copy, in which GitHub's own addresses lead to the stand-in."""
        found = (it for pattern in _ACTIONS for it in root.glob(pattern))
        for path in (it for it in found if it.is_file() and not it.is_symlink()):
            path.write_text(_leading(path.read_text("utf-8", "replace"), stage), encoding="utf-8")
        return Workflow(root, self.workflow.name, _led(self.workflow.document, stage))


class _Played:
    """One end of a deployment, while those tell who may."""

    def __init__(
        self, workflow: Workflow, stage: Stage, environment: Mapping[str, str], run: Run, ended: str
    ) -> None:
        self._workflow, self._stage, self._environment = workflow, stage, environment
        self._run, self._ended = run, ended
        self.jobs: list[str] = []
        self.failed: list[str] = []
        self.beyond: list[str] = []
        self.open: list[str] = []

    def take(self, teller: Teller) -> None:
        """Have a job tell, if it runs at this end."""
        job = self._workflow.jobs[teller.job.id]
        contexts = _contexts(self._run, job, self._stage)
        if not contexts.holds(job.condition):
            return
        self.jobs.append(job.id)
        root = self._workflow.root
        done = perform(job, contexts, self._environment, root, teller.after(self._ended))
        self.failed += [it.place for it in done if it.status]
        self.beyond += [it for it in (teller.beyond, *(one.beyond for one in done)) if it]
        self.open += [teller.right.what] if isinstance(teller.right, Unknown) else []
        _refuse_what_lacks(job, self.failed)


def _led(document: Any, stage: Stage) -> Any:  # noqa: ANN401 -- whatever YAML holds
    """Return a workflow's document with GitHub's own addresses led to the stand-in."""
    if isinstance(document, Mapping):
        return {key: _led(value, stage) for key, value in document.items()}
    if isinstance(document, list):
        return [_led(it, stage) for it in document]
    return _leading(document, stage) if isinstance(document, str) else document


def _leading(text: str, stage: Stage) -> str:
    return _GITHUB.sub(f"{stage.url}\\1", text)


def _refuse_what_lacks(job: Job, failed: Collection[str]) -> None:
    """Refuse a script that failed if a program is not here that GitHub's machines have.

    Raises:
        BeyondModelError: One is missing.
    """
    for step in job.steps():
        for name in (it.names[0] for it in commands(step.run) if it.names):
            if step.place in failed and name in _ON_GITHUB and not shutil.which(name):
                raise BeyondModelError(f"{name}, which is not here ({step.place})")


def _contexts(run: Run, job: Job, stage: Stage) -> Contexts:
    needs = {name: _needed(run, job.workflow.jobs[name]) for name in job.needs}
    given = {**stage.environment(_COMMIT, _RUN), **_of_push()}
    names = {name.removeprefix("GITHUB_").lower(): value for name, value in given.items()}
    trees = {
        "needs": needs,
        "secrets": {"GITHUB_TOKEN": stage.state.token},
        "github": names,
        "vars": {},
        "runner": {"os": "Linux"},
    }
    return Contexts(trees, run.status(job))


def _needed(run: Run, job: Job) -> dict[str, Any]:
    """Return what `needs` says of a job; what it hands on is made up."""
    outputs = {name: f"{name} of {job.id}" for name in job.outputs}
    return {"result": run.result(job), "outputs": outputs}


def _of_push() -> dict[str, str]:
    told = {name.replace(".", "_").upper(): value for name, value in _MAIN.context().items()}
    return {name: value for name, value in told.items() if name != "GITHUB_EVENT_REF"}


def _environment(stage: Stage, temporary: Path, root: Path) -> dict[str, str]:
    """Return all the variables of a script: none of this shell's, but where programs are."""
    given = stage.environment(_COMMIT, _RUN)
    # The token reaches a step only by the step's own env.
    own = {name: value for name, value in given.items() if name != "GITHUB_TOKEN"}
    files = ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")
    paths = {name: str(temporary / name.lower()) for name in files}
    known = {"CI": "true", "GITHUB_ACTIONS": "true", "LANG": "C.UTF-8"}
    places = {"HOME": temporary, "RUNNER_TEMP": temporary, "GITHUB_WORKSPACE": root}
    known |= {name: str(place) for name, place in places.items()}
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
