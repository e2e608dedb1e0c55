"""The image that a release ships: built from a commit, and described by what its build recorded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.docker.buildx import BuildResult, BuildSettings, build
from harness.docker.cache_keys import cache_keys
from harness.docker.dockerfile import Dockerfile
from harness.docker.images import inspect
from harness.docker.local_build import stand_ins
from harness.docker.revision import Revision
from harness.engine.model import Engine
from harness.errors import ImageError
from harness.project import Project

__all__ = ["ProductionImage", "StageTime", "build_production"]


@dataclass(frozen=True)
class StageTime:
    """What a stage of the Dockerfile took.

    Attributes:
        steps: How many instructions it executed or found done.
        cached: How many of them it found done.
        seconds: How long the others ran.
    """

    stage: str
    steps: int
    cached: int
    seconds: float


@dataclass(frozen=True)
class ProductionImage:
    """A production image on an engine.

    Attributes:
        reference: Its name there.
        image_id: Its id there.
        revision: The commit that it was built from, `-dirty` behind it if that is not all.
        platform: `linux/amd64` and the like.
        size: Bytes of its layers, uncompressed.
        seconds: How long the build took, export included.
        stages: What each stage took, in the order of the file.
        stand_ins: The official images that were out of reach and replaced.
    """

    reference: str
    image_id: str
    revision: str
    platform: str
    size: int
    seconds: float
    stages: tuple[StageTime, ...]
    stand_ins: tuple[str, ...]


def build_production(
    project: Project,
    engine: Engine,
    *,
    target: str = "",
    tag: str = "",
    on_progress: Callable[[str], None] = lambda _: None,
) -> ProductionImage:
    """Build a stage of the project's Dockerfile as a release does, with today's cache keys.

    Args:
        project: The checkout; the whole of it is the build's context.
        engine: Where the image is built, and is then.
        target: The stage to build; the last one if empty.
        tag: The image's name; one that holds stage and commit if empty.
        on_progress: Called with what the build is doing just now.

    Raises:
        ImageError: An image that it stands on cannot be had, or a step fails.
    """
    dockerfile = Dockerfile.read(project.root / project.config.image.dockerfile)
    revision = Revision.of(project.root)
    stage = target or dockerfile.stages[-1].name
    settings = BuildSettings(
        context=project.root,
        dockerfile=dockerfile.path,
        target=stage,
        tag=tag or f"{project.config.project.name}-harness/{stage}:{revision.commit[:12]}",
        build_args=_arguments(project, dockerfile, stage, revision),
        contexts=stand_ins(engine, dockerfile, stage),
        epoch=revision.time,
    )
    result = build(engine, settings, on_progress=on_progress)
    return _described(engine, settings, revision, result)


def _arguments(
    project: Project, dockerfile: Dockerfile, stage: str, revision: Revision
) -> Mapping[str, str]:
    known = revision.build_args | cache_keys(project.root, datetime.now(UTC))
    declared = dockerfile.arguments(stage)
    return {name: value for name, value in known.items() if name in declared}


def _described(
    engine: Engine, settings: BuildSettings, revision: Revision, result: BuildResult
) -> ProductionImage:
    image = inspect(engine, settings.tag)
    if image is None:
        raise ImageError(f"{settings.tag} was removed meanwhile", "run the command again")
    return ProductionImage(
        reference=settings.tag,
        image_id=image.id,
        revision=revision.commit,
        platform=image.platform,
        size=image.size,
        seconds=result.seconds,
        stages=tuple(_times(result)),
        stand_ins=tuple(settings.contexts),
    )


def _times(result: BuildResult) -> list[StageTime]:
    times = []
    for stage in dict.fromkeys(step.stage for step in result.steps):
        steps = [step for step in result.steps if step.stage == stage]
        cached = sum(step.cached for step in steps)
        seconds = sum(step.seconds for step in steps if not step.cached)
        times.append(StageTime(stage, len(steps), cached, seconds))
    return times
