"""An image on its way into Cloudflare's registry: copied with its digest, or built and pushed."""

from collections.abc import Callable

from harness.cloudflare.registry import Registry
from harness.console import log
from harness.docker import imagetools
from harness.docker.login import logged_in
from harness.docker.production import name_to_push
from harness.docker.reference import by_digest
from harness.docker.revision import Revision
from harness.engine.model import Engine
from harness.errors import ImageError
from harness.fixtures.engine import engine
from harness.project import Project

__all__ = ["Make", "bring", "pushed"]

_PLATFORM = "linux/amd64"  # what Cloudflare's containers run

Make = Callable[[Project, Engine, str], str]
"""Builds a checkout's image of a revision, and returns its name on the engine."""


def pushed(project: Project) -> str:
    """Return what `harness build --push` made of the checkout's commit, by its digest.

    It is the image that evidence is of. Empty if the registry of the published image has none, or
    cannot be asked, which is said.
    """
    name = name_to_push(project)
    with logged_in(name):
        try:
            found = by_digest(name, imagetools.digest(name, _PLATFORM))
        except imagetools.MissingImageError:
            log.note(f"{name} was not pushed (`harness build --push`), so the image is built here")
            return ""
        except ImageError as error:
            log.note(f"{error.message}, so the image is built here")
            return ""
    log.note(f"{name} is there, so it is released")
    return found


def bring(project: Project, registry: Registry, reference: str, make: Make) -> str:
    """Have an image be in the registry, and return its digest.

    Args:
        project: The checkout.
        registry: Where to.
        reference: The image, named by its digest; empty for the checkout's own.
        make: Builds that one.

    Raises:
        HarnessError: It cannot be had, or the registry does not take it.
    """
    digest = reference.rpartition("@")[2]
    if digest and registry.keep(digest):
        return digest
    with logged_in(reference or project.config.image.published):
        if reference:
            with log.step(f"copying {reference}"):
                return registry.copy(reference)
        revision = Revision.of(project.root).commit
        with engine() as found:
            built = make(project, found, revision)
            with log.step("pushing it"):
                return registry.push(found, built, revision[:12])
