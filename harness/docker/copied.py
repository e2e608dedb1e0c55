"""Which files of a checkout are in its images, and so are not live when they are saved."""

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path

from harness import tracked
from harness.discovery import service
from harness.docker.dockerfile import Dockerfile
from harness.docker.ignored import Ignored
from harness.docker.inputs import context_files
from harness.errors import HarnessError
from harness.project import Project

__all__ = ["copied"]

_MOUNTED_BY_THE_PRD = (".claude", "grimoires")
_ALL = "."


def copied(project: Project) -> set[Path]:
    """Return the files that the development image and its base take from the checkout.

    What is mounted is left out, for there a save counts and not what was copied; but a file that is
    named alone is for a step of the build, or for another place. Where a Dockerfile takes
    everything, what git ignores is left out: it is no source. One that cannot be read takes
    nothing; whoever builds by it says why.
    """
    image, root = project.config.image, project.root
    dev, base = root / image.dev_dockerfile, root / image.dockerfile
    arguments = {"BASE_IMAGE": image.published}
    mounted = _mounted(project)
    taken = (
        *_taken(root / image.dev_context, dev, image.dev_target, arguments),
        *_taken(root, base, image.fallback_target, {}),
    )
    return {it for it, alone in taken if alone or mounted.isdisjoint(it.parents)}


def _taken(
    context: Path, dockerfile: Path, target: str, arguments: dict[str, str]
) -> Iterator[tuple[Path, bool]]:
    """Yield the files that a build takes from its context, and whether they are named alone."""
    try:
        for source in Dockerfile.read(dockerfile, arguments).sources(target):
            files = _files(context, dockerfile, source)
            yield from ((context / it, files == [posixpath.normpath(source)]) for it in files)
    except (HarnessError, OSError):
        return


def _files(context: Path, dockerfile: Path, source: str) -> list[str]:
    if source != _ALL:
        return context_files(context, dockerfile, [source], but_for=tracked.NEVER)
    ignored = Ignored.of(context, dockerfile)
    names = (it.as_posix() for it in tracked.files(context))
    return [it for it in names if not ignored.leaves_out(it)]


def _mounted(project: Project) -> set[Path]:
    """Return the directories of the checkout that the container mounts, but for all of it.

    Who mounts all of it also copies what has to lie elsewhere in the image.
    """
    compose = project.config.compose
    found = service(project.root, compose.file, compose.service)
    names = [*(found.mounted() if found else ()), *_MOUNTED_BY_THE_PRD]
    places = {Path(os.path.normpath(project.root / name)) for name in names}
    return {project.layer, *places} - {project.root, *project.root.parents}
