"""The published image as one index over those that each kind of machine has built."""

from harness.console import log
from harness.docker import imagetools
from harness.docker.imagetools import MissingImageError
from harness.docker.reference import repository
from harness.docker.revision import Revision
from harness.errors import ImageError
from harness.project import Project

__all__ = ["ARCHITECTURES", "name_of", "publish"]

ARCHITECTURES = ("amd64", "arm64")


def name_of(project: Project, commit: str, arch: str) -> str:
    """Return what a commit's image for one processor is called until the index has it."""
    return f"{repository(project.config.image.published)}:{commit}-{arch}"


def publish(project: Project) -> list[str]:
    """Put the checkout's commit's images under the published name, and return their names.

    One that is not there is left out, which one line says.

    Raises:
        ImageError: None is there, or the registry cannot be asked, or refuses.
    """
    commit = Revision.of(project.root).commit
    names = [name_of(project, commit, arch) for arch in ARCHITECTURES]
    there = [name for name in names if _is_there(name)]
    if not there:
        advice = "`harness build --push --for-index` makes one on each kind of machine"
        raise ImageError(f"{repository(names[0])}: no image of {commit[:12]} is there", advice)
    imagetools.index(project.config.image.published, there)
    return there


def _is_there(name: str) -> bool:
    try:
        imagetools.manifests(name)
    except MissingImageError as error:
        log.note(f"{error.message}, so it is left out")
        return False
    return True
