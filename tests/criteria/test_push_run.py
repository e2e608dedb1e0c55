"""Whether production is asked between its deployment and the success, as the observer counts it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from harness.cloudflare.rehearsal import Rehearsal, rehearsal
from harness.cloudflare.rehearsal.edge import Edge
from harness.cloudflare.rehearsal.edge.bookkeeping import BookkeepingEdge
from harness.cloudflare.rehearsal.state import State
from harness.criteria.facts.push_run import PushRun, PushRunFacts, pushed_once
from harness.criteria.judge.push_run import fits, smokes
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Verdict
from harness.fixtures.pushes import Pushes
from harness.github.act import Acted, JobRun
from harness.github.rehearsal.github import Stage, github
from harness.project import Project
from tests.cloudflare.rehearsal.client import client, deploy, result

COMMIT = "c" * 40
WORKFLOW = """
on: push
jobs:
  deploy: {runs-on: ubuntu-latest, timeout-minutes: 3, steps: [{run: make deploy-cf}]}
"""
BROKEN = PushRun.model_validate_json(
    '{"broken": true, "jobs": [{"name": "deploy", "result": "failure", "seconds": 1, "limit": 3}],'
    '"way": 1, '
    '"published": "", "accepted": [], "deployed": "", "uploads": 0, "refused": 0, "looks": 1,'
    '"smokes": 0, "serving": "before", "statuses": ["failure"], "foreign": 0}'
)


class Release:
    """The steps of a job that releases."""

    def __init__(self, cloud: Rehearsal, stage: Stage) -> None:
        self._cloud = cloud
        self._stage = stage

    def upload(self, worker: str) -> None:
        with client(self._cloud) as api:
            result(deploy(api, path=f"workers/scripts/{worker}"))

    def ask(self, worker: str) -> None:
        httpx.get(f"{self._cloud.url(worker)}/health")

    def say(self, state: str = "success") -> None:
        told = self._stage.environment(COMMIT)
        httpx.post(
            f"{told['GITHUB_API_URL']}/repos/{told['GITHUB_REPOSITORY']}/statuses/{COMMIT}",
            json={"state": state},
            headers={"Authorization": f"Bearer {told['GITHUB_TOKEN']}"},
        ).raise_for_status()


@pytest.fixture
def observed(tmp_path: Path) -> Iterator[Callable[[Callable[[Release], None]], PushRun]]:
    """Return what is observed of a push whose only job does what a function says."""
    edge = BookkeepingEdge({})
    workflow = tmp_path / ".github" / "workflows" / "cloudflare-deploy.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW, encoding="utf-8")

    async def make(_: State) -> Edge:
        return edge

    with github({COMMIT: []}) as stage, rehearsal(edge=make) as cloud:
        release = Release(cloud, stage)
        release.upload("site")

        def observe(job: Callable[[Release], None]) -> PushRun:
            def push() -> Acted:
                job(release)
                return Acted({"deploy": JobRun("success", 1, "")})

            told: dict[str, Any] = {
                "account": SimpleNamespace(cloud=cloud, edge=edge, worker="site"),
                "artifacts": tmp_path,
                "commit": lambda *, broken: "" if broken else COMMIT,
                "deployed": lambda: "",
                "digest": lambda _: "",
                "github": stage,
                "project": Project(tmp_path),
                "push": push,
                "serving": dict,
            }
            return pushed_once(cast("Pushes", SimpleNamespace(**told)), broken=False)

        yield observe


def right(it: Release) -> None:
    it.upload("site-staging")
    it.ask("site-staging")
    it.upload("site")
    it.ask("site")
    it.say()


def untold(it: Release) -> None:
    it.upload("site")
    it.ask("site")


def pending(it: Release) -> None:
    it.say("pending")
    right(it)


def only_staging(it: Release) -> None:
    it.upload("site-staging")
    it.ask("site-staging")
    it.upload("site")
    it.ask("site-staging")
    it.say()


def before(it: Release) -> None:
    it.ask("site")
    it.upload("site")
    it.say()


def afterwards(it: Release) -> None:
    it.upload("site")
    it.say()
    it.ask("site")


def judged(run: PushRun) -> str:
    return smokes(PushRunFacts(workflow="w.yml", beyond="", runs=(run, BROKEN))).reason


@pytest.mark.parametrize("job", [right, untold, pending])
def test_production_is_asked(
    observed: Callable[[Callable[[Release], None]], PushRun], job: Callable[[Release], None]
) -> None:
    assert judged(observed(job)) == ""


def test_a_job_is_held_to_the_limit_that_its_workflow_gives_it(
    observed: Callable[[Callable[[Release], None]], PushRun],
) -> None:
    run = observed(right).model_copy(update={"foreign": 0.1})
    assert [(it.seconds, it.limit) for it in run.jobs] == [(1, 3)]
    assert run.way == 1
    facts = PushRunFacts(workflow="w.yml", beyond="", runs=(run,))
    limit = Quantity(10, "min")
    assert fits(facts, limit).verdict is Verdict.PASSED
    late = run.model_copy(update={"jobs": (run.jobs[0].model_copy(update={"seconds": 480.0}),)})
    told = fits(facts.model_copy(update={"runs": (late,)}), limit)
    assert (told.verdict, told.reason) == (Verdict.FAILED, "job deploy 8 min (must be ≤ 6 min)")


@pytest.mark.parametrize("job", [only_staging, before, afterwards])
def test_what_is_asked_of_others_or_at_another_time_does_not_count(
    observed: Callable[[Callable[[Release], None]], PushRun], job: Callable[[Release], None]
) -> None:
    told = "nobody asked production's endpoint between its upload and the success"
    assert judged(observed(job)) == f"a push that is well: {told}"
