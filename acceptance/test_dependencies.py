"""D: what the project needs from outside."""

import pytest

from harness.criteria.facts import image
from harness.criteria.judge import image as judge
from harness.engine.model import Engine
from harness.fixtures.images import BaseImage
from harness.project import Project
from harness.pytest.check import Check


@pytest.mark.criterion("D-1")
def test_the_base_image_can_be_had(
    check: Check, project: Project, engine: Engine, base_image: BaseImage
) -> None:
    """It was pulled, or built here, and fits this machine."""
    check(judge.available, image.observe_base(project, engine, base_image))
