"""NFR-4: credentials, with made-up values for each."""

import pytest

from harness.criteria.facts import command, credential_file, trace
from harness.criteria.facts.command import CommandFacts
from harness.criteria.facts.lifecycle import LifecycleFacts
from harness.criteria.facts.push_run import Pushed
from harness.criteria.judge import credentials as judge
from harness.fixtures.stack import AcceptanceStack
from harness.loaded import Loaded
from harness.project import Project
from harness.pytest.check import Check


@pytest.fixture(scope="module")
def commands(stack: AcceptanceStack, project: Project, harness: Loaded) -> CommandFacts:
    return command.observe(stack, project, harness)


@pytest.mark.slow
@pytest.mark.criterion("NFR-4.1")
def test_the_credentials_file_is_private(check: Check, life: LifecycleFacts) -> None:
    """`make dev` makes it for its owner alone."""
    check(judge.private_file, life)


@pytest.mark.slow
@pytest.mark.criterion("NFR-4.1")
def test_the_credentials_file_stays_here(
    check: Check, stack: AcceptanceStack, project: Project
) -> None:
    """Git ignores it, and neither a build context nor an image has got hold of it."""
    check(judge.stays_here, credential_file.observe(stack, project))


@pytest.mark.slow
@pytest.mark.criterion("NFR-4.4")
def test_no_command_prints_a_credential(check: Check, commands: CommandFacts) -> None:
    """Whether it succeeds or fails, and in JSON too."""
    check(judge.output, commands)


@pytest.mark.slow
@pytest.mark.criterion("NFR-4.4")
def test_nothing_is_printed_from_dev_to_clean(check: Check, life: LifecycleFacts) -> None:
    """Neither by the commands of the environment's life."""
    check(judge.life_tells_nothing, life)


@pytest.mark.slow
@pytest.mark.criterion("NFR-4.5")
def test_no_command_line_holds_a_credential(check: Check, commands: CommandFacts) -> None:
    """No process shows one meanwhile, and no document asks for one to be typed."""
    check(judge.arguments, commands)


@pytest.mark.slow
@pytest.mark.criterion("NFR-4.5")
def test_nothing_is_shown_from_dev_to_clean(check: Check, life: LifecycleFacts) -> None:
    """Nor does a process of the environment's life."""
    check(judge.life_shows_nothing, life)


@pytest.mark.criterion("NFR-4.6")
def test_no_log_holds_a_credential(check: Check, stack: AcceptanceStack, project: Project) -> None:
    """Each was used before, in right and in wrong ways."""
    check(judge.logs, trace.observe(stack, project))


@pytest.mark.slow
@pytest.mark.criterion("NFR-4.6")
def test_a_release_leaves_no_credential_behind(check: Check, pushed: Pushed) -> None:
    """Neither in the jobs' and the Worker's logs nor in its record, after a push used each."""
    check(judge.deployed_logs, pushed.trace)
