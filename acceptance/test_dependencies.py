"""D: what the project needs from outside."""

import pytest

from harness.criteria.facts.image import ImageFacts
from harness.criteria.judge import image as judge
from harness.pytest.check import Check


@pytest.mark.criterion("D-1")
def test_the_base_image_can_be_had(check: Check, images: ImageFacts) -> None:
    """It was pulled, or built here, and fits this machine."""
    check(judge.available, images)
