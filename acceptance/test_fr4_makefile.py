"""FR-4: the root Makefile with the developer's commands."""

import pytest

from harness.criteria.facts import by_hand, log
from harness.criteria.facts.lifecycle import LifecycleFacts
from harness.criteria.facts.shell import ShellFacts
from harness.criteria.judge import makefile as judge, release
from harness.fixtures.stack import AcceptanceStack
from harness.project import Project
from harness.pytest.check import Check


@pytest.mark.slow
@pytest.mark.criterion("FR-4.1")
def test_make_dev_starts_the_environment(check: Check, life: LifecycleFacts) -> None:
    """A clean checkout comes up healthy, and a second call does no harm."""
    check(judge.dev, life)


@pytest.mark.criterion("FR-4.2")
def test_make_dev_shell_opens_a_shell(check: Check, shells: ShellFacts) -> None:
    """It opens a shell in the running container, and says so in one line where none runs."""
    check(judge.dev_shell, shells)


@pytest.mark.criterion("FR-4.3")
def test_make_dev_logs_follows(check: Check, stack: AcceptanceStack) -> None:
    """What is logged while it runs appears, and Ctrl-C ends it cleanly."""
    check(judge.dev_logs, log.observe(stack))


@pytest.mark.slow
@pytest.mark.criterion("FR-4.4")
def test_make_deploy_cf_releases(check: Check, project: Project) -> None:
    """It asks, records, releases staging and production, and goes back where it fails."""
    check(release.by_hand, by_hand.observe(project))


@pytest.mark.slow
@pytest.mark.criterion("FR-4.5")
def test_make_dev_down_stops_and_keeps_state(check: Check, life: LifecycleFacts) -> None:
    """Nothing of it runs afterwards, and the state is there when it comes up again."""
    check(judge.dev_down, life)


@pytest.mark.slow
@pytest.mark.criterion("FR-4.6")
def test_make_dev_clean_removes_state_and_nothing_else(check: Check, life: LifecycleFacts) -> None:
    """All state is gone afterwards; the checkout and other projects are as they were."""
    check(judge.dev_clean, life)
