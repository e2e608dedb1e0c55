"""What a run's evidence says of an image."""

import re

from harness.criteria.environment import BuildInfo, ImageInfo, LayerInfo
from harness.docker.build_trace import BuildTrace
from harness.engine.model import Engine
from harness.fixtures.images import BaseImage, DevImage
from harness.project import Project

__all__ = ["image_info", "layer"]

_LONGEST = 160
# Before a command stand the build arguments that it is given, and the shell.
_GIVEN = re.compile(r"^(RUN )?(\|\d+ (\S+=.*? )?)?/bin/sh -c ")


def image_info(
    project: Project, engine: Engine, kind: str, image: BaseImage | DevImage
) -> ImageInfo:
    """Return what the engine knows of an image, and what its build did if there was one.

    Args:
        project: The copy that the run works on: what was built in it was built in this run.
        engine: The engine that has the image.
        kind: What its build is called.
        image: The image.
    """
    history = engine.client.images.get(image.image_id).history()
    return ImageInfo(
        reference=image.reference,
        id=image.image_id,
        origin=image.origin if isinstance(image, BaseImage) else "",
        layers=tuple(layer(it) for it in reversed(history) if it["Size"]),
        build=_build(BuildTrace.read(project, kind)),
    )


def layer(entry: dict[str, str]) -> LayerInfo:
    """Return what an entry of an image's history says: the instruction, as somebody wrote it."""
    text = " ".join(entry["CreatedBy"].split()).removesuffix(" # buildkit")
    text = _GIVEN.sub(r"\1", text).removeprefix("#(nop) ")
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return LayerInfo(made_by=shown, bytes=int(entry["Size"]))


def _build(trace: BuildTrace | None) -> BuildInfo | None:
    if trace is None:
        return None
    seconds = sum(it.seconds for it in trace.steps)
    cached = sum(it.cached for it in trace.steps)
    return BuildInfo(steps=len(trace.steps), cached=cached, seconds=round(seconds, 3))
