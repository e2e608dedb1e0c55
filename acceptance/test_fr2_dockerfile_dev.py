"""FR-2: deploy/Dockerfile.dev for the development image."""

import pytest

from harness.criteria.facts import mount_point
from harness.criteria.facts.image import ImageFacts
from harness.criteria.facts.tool import ToolFacts
from harness.criteria.judge import image as judge
from harness.fixtures.stack import AcceptanceStack
from harness.pytest.check import Check


@pytest.mark.criterion("FR-2.1")
def test_it_stands_on_the_base(check: Check, images: ImageFacts) -> None:
    """Its first layers are exactly the base image's."""
    check(judge.inherits, images)


@pytest.mark.criterion("FR-2.2")
def test_entr_restarts_a_command(check: Check, tools: ToolFacts) -> None:
    """entr runs in the image and starts a command again when a file changes."""
    check(judge.entr, tools)


@pytest.mark.criterion("FR-2.3")
def test_tsx_runs_typescript(check: Check, tools: ToolFacts) -> None:
    """tsx runs a .ts file in the image, without network."""
    check(judge.tsx, tools)


@pytest.mark.criterion("FR-2.4")
def test_the_sources_have_their_places(check: Check, stack: AcceptanceStack) -> None:
    """The mount points exist, belong to the image's user, and are declared."""
    check(judge.mount_points, mount_point.observe(stack))


@pytest.mark.criterion("FR-2.5")
def test_it_adds_little(check: Check, images: ImageFacts) -> None:
    """The layers above the base are small, uncompressed."""
    check(judge.added_size, images)
