"""A production image that was built, described by what its build recorded."""

from contextlib import suppress
from dataclasses import dataclass

from harness.docker import imagetools
from harness.docker.buildx import BuildResult, BuildSettings
from harness.docker.dockerfile import Dockerfile
from harness.docker.hits import Hits, hits, remember
from harness.docker.images import inspect
from harness.docker.reference import by_digest
from harness.engine.model import Engine
from harness.errors import ImageError

__all__ = ["ProductionImage", "StageTime", "describe"]


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
    """A production image, on an engine or in a registry.

    Attributes:
        reference: Its name there.
        image_id: Its id there.
        digest: Its manifest's in the registry, or its index's if it is for several platforms;
            empty if it was not pushed.
        revision: The commit that it was built from, `-dirty` behind it if that is not all.
        platform: `linux/amd64` and the like, several with commas.
        size: Bytes of its layers, uncompressed; None where the engine does not have it.
        compressed: Bytes of its layers as they are pulled; None unless it was pushed, and where it
            is for several platforms.
        seconds: How long the build took, export included.
        stages: What each stage took, in the order of the file.
        hits: How much of it was found done.
        stand_ins: The official images that were out of reach and replaced.
    """

    reference: str
    image_id: str
    digest: str
    revision: str
    platform: str
    size: int | None
    compressed: int | None
    seconds: float
    stages: tuple[StageTime, ...]
    hits: Hits
    stand_ins: tuple[str, ...]


def describe(
    engine: Engine, dockerfile: Dockerfile, settings: BuildSettings, result: BuildResult
) -> ProductionImage:
    """Put together what is known of an image that was just built.

    Raises:
        ImageError: It is not on the engine any more, where it was left.
    """
    elsewhere = settings.push or settings.cache_only
    image = None if elsewhere else inspect(engine, settings.tag)
    if image is None and not elsewhere:
        raise ImageError(f"{settings.tag} was removed meanwhile", "run the command again")
    platforms = len(settings.platform.split(","))
    timed = remember(result.steps)
    return ProductionImage(
        reference=settings.tag,
        image_id=result.image_id,
        digest=result.digest,
        revision=settings.build_args.get("IMAGE_REVISION", "unknown"),
        platform=image.platform if image else settings.platform,
        size=image.size if image else None,
        compressed=_compressed(settings.tag, result.digest),
        seconds=result.seconds,
        stages=tuple(_times(result)),
        hits=hits(dockerfile, settings.target, result.steps, timed, platforms),
        stand_ins=tuple(settings.contexts),
    )


def _compressed(reference: str, digest: str) -> int | None:
    """Ask its registry; one that went away since the push leaves it open."""
    with suppress(ImageError):
        found = imagetools.manifests(by_digest(reference, digest)) if digest else []
        return found[0].size if len(found) == 1 else None
    return None


def _times(result: BuildResult) -> list[StageTime]:
    times = []
    for stage in dict.fromkeys(step.stage for step in result.steps):
        steps = [step for step in result.steps if step.stage == stage]
        cached = sum(step.cached for step in steps)
        seconds = sum(step.seconds for step in steps if not step.cached)
        times.append(StageTime(stage, len(steps), cached, seconds))
    return times
