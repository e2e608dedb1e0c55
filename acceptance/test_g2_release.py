"""G-2 and NFR-2: the release."""

import os

import pytest

from harness.criteria.facts import critical_path, live_release, release_series, smoke
from harness.criteria.facts.failed_release import FailedReleaseFacts
from harness.criteria.facts.push_run import Pushed
from harness.criteria.judge import live_release as live_judge, push_run, release as judge, workflow
from harness.engine.model import Engine
from harness.loaded import Loaded
from harness.project import Project
from harness.pytest.check import Check

# Fewer, asked for by number, run without --long.
HUNDRED = pytest.mark.slow if os.environ.get(release_series.LENGTH) else pytest.mark.long


@pytest.mark.criterion("G-2.2")
def test_a_deployment_cannot_take_longer_than_it_may(check: Check, project: Project) -> None:
    """GitHub itself stops the jobs before the limit is over."""
    check(workflow.critical_path, critical_path.observe(project))


@pytest.mark.slow
@pytest.mark.criterion("G-2.2")
def test_each_job_fits_into_its_limit(check: Check, pushed: Pushed) -> None:
    """act, which runs their own commands, would let them run on."""
    check(push_run.fits, pushed.runs)


@pytest.mark.criterion("G-2.4")
def test_a_smoke_test_tells_a_healthy_release_from_an_ill_one(
    check: Check, harness: Loaded
) -> None:
    """It is run against a server of each kind."""
    check(judge.smoke, smoke.observe(harness))


@pytest.mark.slow
@pytest.mark.criterion("G-2.3")
def test_a_failed_release_does_not_affect_production(
    check: Check, failures: FailedReleaseFacts
) -> None:
    """Users are asked for their answers all the time, while releases fail and are killed."""
    check(judge.unaffected, failures)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.criterion("G-2.3")
def test_users_see_nothing_of_a_release_that_fails(
    check: Check, project: Project, engine: Engine
) -> None:
    """They ask by HTTP and WebSocket, while the real container is replaced, or not."""
    check(live_judge.unseen, live_release.observe(project, engine))


@pytest.mark.slow
@pytest.mark.criterion("NFR-2.2")
def test_a_failed_release_is_taken_back(check: Check, failures: FailedReleaseFacts) -> None:
    """What served before serves again, and the release says that it failed."""
    check(judge.way_back, failures)


@HUNDRED
@pytest.mark.slow
@pytest.mark.criterion("NFR-2.1")
def test_nearly_all_releases_succeed(check: Check, project: Project) -> None:
    """A series under faults that pass; LOA_RELEASES=20 makes a shorter one, which is too short."""
    check(judge.series, release_series.observe(project, release_series.length()))
