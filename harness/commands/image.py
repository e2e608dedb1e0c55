"""`harness image`: is one in a registry what others may stand on? One name for both processors."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from typer import Argument, Exit, Option, Typer

from harness.acceptance import CRITERIA, checks_of
from harness.console import log
from harness.criteria.catalog import Catalog
from harness.docker import image_index, registry, verify as images
from harness.docker.login import logged_in
from harness.docker.revision import REVISION_LABEL
from harness.errors import ExitStatus, ImageError
from harness.fixtures.engine import engine
from harness.fixtures.images import base_image
from harness.options import AsJson, ProjectDir
from harness.project import Project

__all__ = ["app", "base", "forget", "index", "verify"]

_SIZE = "FR-6.5"
_MEGABYTE = 1_000_000

app = Typer(
    no_args_is_help=True,
    help="Name the base image, look at published ones, and publish them for both processors.",
)

Reference = Annotated[
    str, Argument(metavar="[REF]", help="The image; the project's published one if left out.")
]
Platform = Annotated[
    list[str] | None,
    Option("--platform", metavar="OS/ARCH", help="It must be for this one; repeatable."),
]
Revision = Annotated[
    str, Option("--revision", metavar="REV", help="The commit that it must be built from.")
]
Version = Annotated[str, Option("--version", metavar="V", help="The version that it must carry.")]
MaxAge = Annotated[
    float | None, Option("--max-age", metavar="DAYS", min=0, help="How old it may be.")
]


@app.command()
def verify(  # noqa: PLR0913 -- one for each option
    reference: Reference = "",
    *,
    platform: Platform = None,
    revision: Revision = "",
    version: Version = "",
    max_age: MaxAge = None,
    project: ProjectDir = None,
    json: AsJson = False,
) -> None:
    """Say whether an image is there and fits, one line for each problem; the status is 1 then.

    It must be for linux/amd64, which the platform runs, carry the project's version label and a
    revision, and stay under the limit of its size. Nothing is pulled.
    """
    log.json_mode = json
    checkout = Project.find(project)
    wanted = images.Wanted(
        platforms=platform or ["linux/amd64"],
        labels={checkout.config.image.version_label: version, REVISION_LABEL: revision},
        size=_limit(),
        days=max_age,
    )
    name = reference or checkout.config.image.published
    with logged_in(name):
        _conclude(name, wanted)


@app.command()
def base(*, project: ProjectDir = None, json: AsJson = False) -> None:
    """Name the image that the development environment stands on, and nothing else.

    It is on the engine then: the published one, pulled, or where that cannot be had, one that is
    built here.
    """
    log.json_mode = json
    with engine() as docker_engine:
        found = base_image(Project.find(project), docker_engine)
    log.emit({"reference": found.reference, "origin": found.origin, "why": found.why})
    log.say(found.reference)


@app.command()
def index(*, project: ProjectDir = None, json: AsJson = False) -> None:
    """Publish this commit's images for both processors under one name, as one index.

    `harness build --push --for-index` leaves one on each kind of machine; one that is not there is
    left out.
    """
    log.json_mode = json
    checkout = Project.find(project)
    name = checkout.config.image.published
    with logged_in(name):
        found = image_index.publish(checkout)
    log.emit({"reference": name, "images": found})
    log.say(f"{name}: {', '.join(found)}")


@app.command()
def forget(*, json: AsJson = False) -> None:
    """Have registries asked again, whose answers are otherwise remembered for ten minutes."""
    log.json_mode = json
    count = registry.forget()
    log.emit({"forgotten": count})
    answers = "1 answer" if count == 1 else f"{count} answers"
    log.say(f"forgot {answers}: the next command asks the registries")


def _conclude(name: str, wanted: images.Wanted) -> None:
    try:
        found = images.describe(name)
    except ImageError as error:
        log.emit({"reference": name, "problems": [error.message], "images": []})
        raise
    now = datetime.now(UTC)
    problems = list(images.problems(found, wanted, now))
    described = [asdict(it) | {"days": it.days(now)} for it in found]
    log.emit({"reference": name, "problems": problems, "images": described})
    for it in found:
        days = it.days(now)
        age = "of unknown age" if days is None else f"{days:.0f} days old"
        log.say(f"{it.reference}  {it.platform}  {it.size / _MEGABYTE:.0f} MB compressed  {age}")
    for problem in problems:
        log.error(ImageError(f"{name}: {problem}"))
    if problems:
        raise Exit(ExitStatus.FAILED)


def _limit() -> float | None:
    limit = Catalog.load(checks_of() / CRITERIA)[_SIZE].limit
    return limit.base if limit else None
