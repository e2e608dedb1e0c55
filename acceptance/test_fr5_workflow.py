"""FR-5: the deployment workflow."""

import pytest

from harness.criteria.facts import notification, trigger
from harness.criteria.facts.push_run import Pushed
from harness.criteria.facts.trigger import TriggerFacts
from harness.criteria.judge import notification as telling, push_run as pushes, workflow as judge
from harness.project import Project
from harness.pytest.check import Check


@pytest.fixture(scope="module")
def triggers(project: Project) -> TriggerFacts:
    return trigger.observe(project)


@pytest.mark.criterion("FR-5.1", "G-2.1")
def test_a_push_to_main_deploys(check: Check, triggers: TriggerFacts) -> None:
    """A push of what is deployed does, and one to another branch or of a tag does not."""
    check(judge.push, triggers)
    check(judge.goal, triggers)


@pytest.mark.criterion("FR-5.2")
def test_the_paths_decide(check: Check, triggers: TriggerFacts) -> None:
    """Made-up paths and the checkout's own files are told apart as the PRD says."""
    check(judge.paths, triggers)


@pytest.mark.slow
@pytest.mark.criterion("FR-5.3")
def test_the_image_that_is_pushed_is_the_one_that_runs(check: Check, pushed: Pushed) -> None:
    """Registry, gate and deployment name the same digest."""
    check(pushes.publishes, pushed.runs)


@pytest.mark.slow
@pytest.mark.criterion("FR-5.4")
def test_wrangler_deploys_with_the_token(check: Check, pushed: Pushed) -> None:
    """Cloudflare's stand-in takes the Worker, and refuses the token nowhere."""
    check(pushes.deploys, pushed.runs)


@pytest.mark.long
@pytest.mark.criterion("FR-5.5")
def test_the_endpoint_decides(check: Check, pushed: Pushed) -> None:
    """It is asked, and a container that never starts fails the job."""
    check(pushes.smokes, pushed.runs)


@pytest.mark.criterion("FR-5.6")
def test_the_commit_is_told_how_it_ended(check: Check, project: Project) -> None:
    """The workflow's own scripts tell a GitHub on loopback, on success and on failure."""
    check(telling.notification, notification.observe(project))
