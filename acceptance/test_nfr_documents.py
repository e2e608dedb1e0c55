"""NFR-3 and NFR-4.2: what comments and documents must say."""

import pytest

from harness.criteria.facts import stage_comment
from harness.criteria.facts.credential import CredentialFacts
from harness.criteria.judge import documents as judge
from harness.project import Project
from harness.pytest.check import Check


@pytest.mark.criterion("NFR-3.1")
def test_each_stage_says_what_it_holds(check: Check, project: Project) -> None:
    """A comment before it says that, and when it is rebuilt."""
    check(judge.stages, stage_comment.observe(project))


@pytest.mark.criterion("NFR-3.2")
def test_each_build_argument_is_documented(check: Check, project: Project) -> None:
    """It has a comment, and stands in a table with its default; no other one does."""
    check(judge.arguments, stage_comment.observe(project))


@pytest.mark.criterion("NFR-4.2")
def test_each_credential_can_be_rotated(check: Check, credentials: CredentialFacts) -> None:
    """A document says how, by commands that exist."""
    check(judge.rotation, credentials)
