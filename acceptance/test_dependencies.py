"""D: what the project needs from outside."""

import pytest

from harness.criteria.facts import account, image, missing_credential
from harness.criteria.judge import dependencies, image as judge
from harness.engine.model import Engine
from harness.fixtures.images import BaseImage
from harness.loaded import Loaded
from harness.project import Project
from harness.pytest.check import Check


@pytest.mark.criterion("D-1")
def test_the_base_image_can_be_had(
    check: Check, project: Project, engine: Engine, base_image: BaseImage
) -> None:
    """It was pulled, or built here, and fits this machine."""
    check(judge.available, image.observe_base(project, engine, base_image))


@pytest.mark.criterion("D-2")
def test_the_account_has_what_releases_need(
    check: Check, project: Project, harness: Loaded
) -> None:
    """The preflight says so of a sound account, and names what any other one lacks."""
    check(dependencies.account, account.observe(project, harness))


@pytest.mark.criterion("D-3")
def test_nothing_begins_without_credentials(
    check: Check, project: Project, harness: Loaded
) -> None:
    """Either one missing gives an error that names it; no program starts, nobody is asked."""
    check(dependencies.credentials, missing_credential.observe(project, harness))
