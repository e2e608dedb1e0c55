"""The stages by way of which the production image is built."""

from harness.criteria.facts.model import Facts
from harness.criteria.faults import UnobservableError
from harness.docker.dockerfile import Dockerfile
from harness.errors import ImageError
from harness.project import Project

__all__ = ["StageUseFacts", "observe"]


class StageUseFacts(Facts):
    """What the Dockerfile says.

    Attributes:
        file: The Dockerfile, relative to the checkout.
        stages: The stages that the image is, stands on or takes files from, in order.
    """

    file: str
    stages: tuple[str, ...]


def observe(project: Project) -> StageUseFacts:
    """Read the Dockerfile, and follow what its last stage needs.

    Raises:
        UnobservableError: It cannot be read.
    """
    name = project.config.image.dockerfile
    try:
        reached = Dockerfile.read(project.root / name).reached()
    except ImageError as error:
        raise UnobservableError(str(error)) from error
    return StageUseFacts(file=name, stages=tuple(it.name for it in reached))
