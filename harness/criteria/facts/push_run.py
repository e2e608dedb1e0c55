"""What happens from a push to its notification: the workflow itself, on loopback services."""

import json
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from harness.cloudflare.rehearsal import Call
from harness.criteria.facts import deployed_trace
from harness.criteria.facts.deployed_trace import DeployedTraceFacts
from harness.criteria.facts.model import Facts
from harness.criteria.facts.processors import Others
from harness.engine.model import Engine
from harness.errors import HarnessError
from harness.fixtures.pushes import Pushes, pushes
from harness.github.act import Acted
from harness.github.errors import BeyondModelError
from harness.github.workflow import Job, Workflow
from harness.github.workflow_release import find
from harness.github.workflow_time import Path as Way, longest_way
from harness.project import Project

__all__ = ["JobEnd", "PushRun", "PushRunFacts", "Pushed", "observe", "pushed_once"]


class JobEnd(Facts):
    """A job that ran.

    Attributes:
        seconds: What its steps took.
        limit: The minutes after which GitHub stops it; None where that is not known.
    """

    name: str
    result: str
    seconds: float
    limit: float | None


class PushRun(Facts):
    """One push.

    Attributes:
        broken: Whether the container of what was pushed never starts.
        jobs: The jobs that ran, in the order in which they ended.
        way: The seconds of the longest way through them, by what each waits for.
        published: The digest under the commit's name in the registry; empty if there is none.
        accepted: The digests that the evidence which the run kept is of.
        deployed: The digest that production's container application is to run; empty if none is.
        uploads: How often a version of production's Worker was taken.
        refused: How often the token was not.
        looks: How often the endpoints were asked.
        smokes: How often production's was, after the last version of its Worker was taken and
            before the commit was first told of a success.
        serving: What production serves afterwards: the commit `pushed`, one `before`, or `nothing`.
        statuses: The states that the commit was given.
        foreign: What part of the processors others had meanwhile, from 0 to 1.
    """

    broken: bool
    jobs: tuple[JobEnd, ...]
    way: float
    published: str
    accepted: tuple[str, ...]
    deployed: str
    uploads: int
    refused: int
    looks: int
    smokes: int
    serving: str
    statuses: tuple[str, ...]
    foreign: float

    def result(self, job: str) -> str:
        """Return a job's result; empty if it did not run."""
        return next((it.result for it in self.jobs if it.name == job), "")


class PushRunFacts(Facts):
    """A push that is well, and then perhaps one that is broken.

    Attributes:
        workflow: The workflow that deploys; empty where there is none.
        beyond: What cannot be run here; empty where all can.
        runs: One for each push.
    """

    stand_ins = ("GitHub", "Cloudflare")

    workflow: str
    beyond: str
    runs: tuple[PushRun, ...]


class Pushed(NamedTuple):
    """What became of the pushes, and what they left behind."""

    runs: PushRunFacts
    trace: DeployedTraceFacts


def observe(project: Project, engine: Engine, *, broken: bool = True) -> Pushed:
    """Push what is well, and then what is broken.

    Args:
        project: The checkout.
        engine: Where images are built, and the Worker's container runs.
        broken: Whether to push what is broken too; it takes minutes more.
    """
    name = ""
    try:
        name = find(project.root).name
        with pushes(project, engine) as pushed:
            kinds = (False, True) if broken else (False,)
            runs = tuple(pushed_once(pushed, broken=it) for it in kinds)
            trace = deployed_trace.observe(pushed, project, name, engine)
    except BeyondModelError as error:
        return _nothing(name, error.feature)
    except HarnessError as error:
        return _nothing(name, str(error) if name else "")
    return Pushed(PushRunFacts(workflow=name, beyond="", runs=runs), trace)


def _nothing(workflow: str, beyond: str) -> Pushed:
    return Pushed(
        PushRunFacts(workflow=workflow, beyond=beyond, runs=()),
        DeployedTraceFacts(workflow=workflow, beyond=beyond),
    )


def pushed_once(pushed: Pushes, *, broken: bool) -> PushRun:
    """Push once, and return what became of it."""
    commit = pushed.commit(broken=broken)
    workflow = find(pushed.project.root)
    before, looked = len(pushed.account.cloud.calls), pushed.account.edge.requests
    others = Others(lambda: (), waited=True)
    acted = pushed.push()
    foreign = others.part()
    worker = pushed.account.worker
    own = f"/scripts/{worker}"
    calls = pushed.account.cloud.calls[before:]
    took = {name: it.seconds for name, it in acted.jobs.items()}
    taken = [it for it in calls if it.status in _TAKEN and _uploads(it.method, it.path, own)]
    return PushRun(
        broken=broken,
        jobs=tuple(_jobs(acted, workflow)),
        way=round(_way(workflow, took).minutes * _MINUTE, 1),
        published=pushed.digest(commit),
        accepted=tuple(sorted(_accepted(pushed.artifacts))),
        deployed=pushed.deployed(),
        uploads=len(taken),
        refused=sum(it.status in _REFUSED for it in calls),
        looks=pushed.account.edge.requests - looked,
        smokes=_smokes(pushed, commit, taken),
        serving=_serving(pushed, commit),
        statuses=tuple(it["state"] for it in pushed.github.state.statuses.get(commit, ())),
        foreign=foreign,
    )


_TAKEN, _REFUSED = frozenset({200, 201}), frozenset({401, 403})
# Limits, and with them the ways through jobs, are counted in minutes.
_MINUTE = 60


def _uploads(method: str, path: str, own: str) -> bool:
    return (method == "PUT" and path.endswith(own)) or path.endswith(f"{own}/versions")


def _smokes(pushed: Pushes, commit: str, taken: Iterable[Call]) -> int:
    """Return how often production was asked between its last upload and the success."""
    start = max((it.at for it in taken), default=math.inf)
    end = _success(pushed, commit)
    return sum(start < it < end for it in pushed.account.edge.asked(pushed.account.worker))


def _success(pushed: Pushes, commit: str) -> float:
    """Return when the commit was first told of a success; now, where it was not."""
    for it in pushed.github.state.calls:
        told = it.path.endswith(f"/statuses/{commit}") and it.status in _TAKEN
        if told and it.body.get("state") == "success":
            return it.at
    return time.monotonic()


def _way(workflow: Workflow, seconds: Mapping[str, float]) -> Way:
    """Return the longest way through a workflow's jobs as they ran, called workflows' included."""

    def own(job: Job) -> Way:
        inner = _way(job.called, seconds) if job.called else Way()
        return inner.then(seconds.get(job.id, 0.0) / _MINUTE, job.id)

    return longest_way(workflow, own)


def _jobs(acted: Acted, workflow: Workflow) -> Iterator[JobEnd]:
    limits = {it.id: it.limit for it in workflow.all_jobs()}
    for name, it in acted.jobs.items():
        seconds, limit = round(it.seconds, 1), limits.get(name)
        yield JobEnd(name=name, result=it.result, seconds=seconds, limit=limit)


def _accepted(artifacts: Path) -> set[str]:
    """Return the digests in what the run kept as evidence."""
    found: set[str] = set()
    for path in artifacts.glob("*/*.json"):
        images: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")).get("images", {})
        found |= {it["reference"].rpartition("@")[2] for it in images.values()}
    return {it for it in found if it.startswith("sha256:")}


def _serving(pushed: Pushes, commit: str) -> str:
    revision = pushed.serving().get("revision")
    if not revision:
        return "nothing"
    return "pushed" if revision == commit else "before"
