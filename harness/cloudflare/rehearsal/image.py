"""Images for rehearsals: small ones that behave as production's does, well or ill."""

from pathlib import Path
from typing import Literal

from harness.docker.local_build import LocalBuild
from harness.engine.model import Engine
from harness.fixtures.images import base_image
from harness.project import Project

__all__ = ["Behaviour", "rehearsal_image"]

Behaviour = Literal["healthy", "crashing", "lying", "broken"]
"""How the container behaves; see the stages of the Dockerfile beside this file."""

_DOCKERFILE = Path(__file__).with_name("Dockerfile")


def rehearsal_image(
    project: Project, engine: Engine, revision: str, behaviour: Behaviour = "healthy"
) -> str:
    """Return the name of an image on the engine; it is built if it is not there.

    Args:
        project: The checkout whose layer and content are in it.
        engine: The engine to build on.
        revision: What it says that it was built from, in its label and on port 3000.
        behaviour: What its container does.

    Raises:
        ImageError: It cannot be built.
    """
    base = base_image(project, engine)
    build = LocalBuild(
        project=project,
        engine=engine,
        dockerfile=_DOCKERFILE,
        # A name of its own, so that the next revision does not take this one's place.
        kind=f"rehearsal-{behaviour}-{revision[:12].lower()}",
        target=behaviour,
    )
    arguments = {"BASE_IMAGE": base.reference, "IMAGE_REVISION": revision}
    return build.ensure(arguments).reference
