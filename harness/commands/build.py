"""`harness build`: the production image, with today's cache keys and what each stage took."""

from dataclasses import asdict
from typing import Annotated

from typer import Option

from harness.console import log
from harness.docker.production import ProductionImage, build_production
from harness.fixtures.engine import engine
from harness.options import AsJson, ProjectDir
from harness.project import Project

__all__ = ["build"]

_MEGABYTE = 1_000_000

Target = Annotated[
    str, Option("--target", metavar="STAGE", help="Build this stage; the last one otherwise.")
]
Tag = Annotated[
    str, Option("--tag", metavar="NAME:TAG", help="The image's name; else stage and commit.")
]


def build(
    *, target: Target = "", tag: Tag = "", project: ProjectDir = None, json: AsJson = False
) -> None:
    """Build the production image here; each stage runs again when its cache key changes.

    The first build compiles two Rust programs, which takes a quarter of an hour on two cores.
    """
    log.json_mode = json
    checkout = Project.find(project)
    with engine() as found, log.step(f"building {target or 'the production image'}") as step:
        image = build_production(checkout, found, target=target, tag=tag, on_progress=step.detail)
    log.emit(asdict(image))
    _print(image)


def _print(image: ProductionImage) -> None:
    for it in image.stages:
        log.say(f"{it.stage:16} {it.cached:2} of {it.steps:2} steps cached  {it.seconds:7.1f} s")
    log.say(
        f"{image.reference}  {image.platform}  {image.size / _MEGABYTE:.0f} MB  "
        f"revision {image.revision[:12]}  {image.seconds:.1f} s"
    )
