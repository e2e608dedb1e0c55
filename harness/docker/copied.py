"""Which files of a checkout are in its images, and so are not live when they are saved."""

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path

from harness import tracked
from harness.discovery import service
from harness.docker.dockerfile import Dockerfile
from harness.docker.inputs import ignore_file
from harness.errors import HarnessError
from harness.project import Project

__all__ = ["copied"]

_MOUNTED_BY_THE_PRD = (".claude", "grimoires")


def copied(project: Project) -> set[Path]:
    """Return the files that the development image and its base take from the checkout.

    What the container mounts is left out, for there a save counts and not what was copied. Where a
    Dockerfile takes everything, what git ignores is left out too: it is no source. One that cannot
    be read takes nothing; whoever builds by it says why.
    """
    mounted = _mounted(project)
    found = {*_of_dev_image(project), *_of_base(project)}
    return {it for it in found if mounted.isdisjoint({it, *it.parents})}


def _of_dev_image(project: Project) -> Iterator[Path]:
    image = project.config.image
    arguments = {"BASE_IMAGE": image.published}
    context = project.root / image.dev_context
    yield from _taken(context, project.root / image.dev_dockerfile, image.dev_target, arguments)


def _of_base(project: Project) -> Iterator[Path]:
    image = project.config.image
    yield from _taken(project.root, project.root / image.dockerfile, image.fallback_target, {})


def _taken(
    context: Path, dockerfile: Path, target: str, arguments: dict[str, str]
) -> Iterator[Path]:
    """Yield the files that a build takes from its context."""
    try:
        sources = Dockerfile.read(dockerfile, arguments).sources(target)
        ignored = ignore_file(context, dockerfile)
    except (HarnessError, OSError, ValueError):
        return
    for name in (name for source in sources for name in _below(context, source)):
        if not ignored.matches(name.as_posix()):  # type: ignore[arg-type]  # the stub's mistake
            yield context / name


def _below(context: Path, source: str) -> Iterator[Path]:
    """Yield what a source names, relative to the context, which it cannot leave."""
    name = posixpath.normpath(f"/{source}").lstrip("/")
    if not name:
        yield from tracked.files(context)
        return
    for place in _places(context, name):
        yield from (path.relative_to(context) for path in tracked.walk(place))


def _places(context: Path, pattern: str) -> list[Path]:
    try:
        return list(context.glob(pattern))
    except FileNotFoundError:  # git is just taking a directory away
        return []


def _mounted(project: Project) -> set[Path]:
    """Return the directories of the checkout that the container mounts, but for all of it.

    Who mounts all of it also copies what has to lie elsewhere in the image.
    """
    compose = project.config.compose
    found = service(project.root, compose.file, compose.service)
    names = [*(found.mounted() if found else ()), *_MOUNTED_BY_THE_PRD]
    places = {Path(os.path.normpath(project.root / name)) for name in names}
    return {project.layer, *places} - {project.root, *project.root.parents}
