"""R: what may go wrong, and what then helps."""

import pytest

from harness.criteria.facts import fallback, quiet_save, verification
from harness.criteria.facts.credential import CredentialFacts
from harness.criteria.judge import documents, risks as judge
from harness.engine.model import Engine
from harness.fixtures.stack import AcceptanceStack
from harness.project import Project
from harness.pytest.check import Check


@pytest.mark.slow
@pytest.mark.usefixtures("make_dev_works")
@pytest.mark.criterion("R-1.1")
def test_a_local_build_takes_over(check: Check, project: Project, engine: Engine) -> None:
    """With an unreachable registry the environment comes up, and one line says how."""
    check(judge.fallback, fallback.observe(project, engine))


@pytest.mark.criterion("R-1.2")
def test_ci_verifies_the_image(check: Check, project: Project, engine: Engine) -> None:
    """The job's own command passes on a good image and fails on each that is not."""
    check(judge.verification, verification.observe(project, engine))


@pytest.mark.criterion("R-2.1")
def test_slow_mounts_are_dealt_with(check: Check, stack: AcceptanceStack) -> None:
    """A save that raises no event is served all the same, and a document says what helps."""
    check(judge.slow_mounts, quiet_save.observe(stack))


@pytest.mark.criterion("R-3.1")
def test_the_secrets_of_ci_are_documented(check: Check, credentials: CredentialFacts) -> None:
    """Those that the workflows take are those of the documents, each with scope and environment."""
    check(documents.scopes, credentials)
