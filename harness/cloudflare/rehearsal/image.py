"""Images for rehearsals: small ones that behave as production's does, well or ill."""

from pathlib import Path
from typing import Literal

from harness import names
from harness.docker.local_build import LocalBuild
from harness.engine.model import Engine
from harness.fixtures.images import BaseImage, base_image
from harness.owner import Owner
from harness.project import Project

__all__ = ["Behaviour", "rehearsal_image"]

Behaviour = Literal["healthy", "crashing", "lying", "broken"]
"""How the container behaves; see the stages of the Dockerfile beside this file."""

_DOCKERFILE = Path(__file__).with_name("Dockerfile")


def rehearsal_image(
    project: Project,
    engine: Engine,
    revision: str,
    behaviour: Behaviour = "healthy",
    *,
    base: BaseImage | None = None,
) -> str:
    """Return the name of an image on the engine; it is built if it is not there.

    It belongs to this process: `forget_owned` takes it when a rehearsal ends, and `sweep` when
    that process was killed.

    Args:
        project: The checkout whose layer and content are in it.
        engine: The engine to build on.
        revision: What it says that it was built from, in its label and on port 3000.
        behaviour: What its container does.
        base: What it stands on, if that has been looked for already.

    Raises:
        ImageError: It cannot be built.
    """
    base, owner = base or base_image(project, engine), Owner.me()
    build = LocalBuild(
        project=project,
        engine=engine,
        dockerfile=_DOCKERFILE,
        # A name of its own, so that neither the next revision nor another process takes its place.
        kind=f"rehearsal-{behaviour}-{revision[:12].lower()}-{owner.pid}",
        target=behaviour,
        labels={names.OWNER: str(owner)},
    )
    arguments = {"BASE_IMAGE": base.reference, "IMAGE_REVISION": revision}
    return build.ensure(arguments).reference
