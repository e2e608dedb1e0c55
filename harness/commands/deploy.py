"""`harness deploy`: what `make deploy-cf` and the deployment workflow call."""

from pathlib import Path
from typing import Annotated

from typer import Option

from harness.cloudflare.credentials import Credentials
from harness.cloudflare.pipeline import Options, deploy as release
from harness.cloudflare.target import Target
from harness.commands.gate import gate
from harness.console import log
from harness.docker.login import logged_in
from harness.docker.production import build_production
from harness.errors import GateError
from harness.fixtures.engine import engine
from harness.github import outputs
from harness.options import AsJson, Deadline, Environment, ProjectDir
from harness.project import Project

__all__ = ["deploy"]

Image = Annotated[
    str,
    Option(
        "--image",
        metavar="NAME@SHA256",
        help="Release this image, which the gate has accepted; else it is built here.",
    ),
]
From = Annotated[
    list[Path] | None,
    Option("--evidence", metavar="PATH", help="Evidence for the gate; see `harness gate`."),
]
Require = Annotated[
    str, Option("--require", metavar="P0[,P1]", help="The priorities that the gate requires.")
]
OneWay = Annotated[
    bool,
    Option("--one-way", help="Allow a Durable Object migration, from which nothing leads back."),
]


def deploy(  # noqa: PLR0913 -- one for each option
    *,
    environment: Environment = "",
    image: Image = "",
    evidence: From = None,
    require: Require = "P0",
    deadline: Deadline = 300,
    one_way: OneWay = False,
    project: ProjectDir = None,
    json: AsJson = False,
) -> None:
    """Release the checkout's commit to staging and then to production, or end where it began.

    What a killed release left is finished first. What serves now is recorded before anything is
    changed; if the new release is not well, it serves again, and the status is 1. Status 5: the
    new release serves and could not be asked.
    """
    log.json_mode = json
    credentials = Credentials.of_environment()
    checkout = Project.find(project)
    with Target.of(checkout, credentials) as target:
        options = Options(_until(target, environment), deadline, one_way)
        serving = release(
            target,
            options,
            lambda: _image(target, image),
            lambda digest: _accept(target, digest, require, evidence),
        )
        url = target.url(options.environments[-1])
    log.emit({"url": url, **serving.model_dump()})
    outputs.write({"url": url, "version": serving.version, "revision": serving.revision})
    log.say(f"{options.environments[-1]}: Worker {serving.version}, image {serving.image}")


def _until(target: Target, environment: str) -> tuple[str, ...]:
    """Return what is released on the way to an environment: nothing gets around staging."""
    names = target.environments
    return names[: names.index(environment) + 1] if environment in names else names


def _accept(target: Target, digest: str, require: str, evidence: list[Path] | None) -> None:
    """Ask the gate; in a rehearsal, which changes nothing that users see, its answer is only told.

    Raises:
        GateError: Evidence is missing.
    """
    try:
        gate(require=require, evidence=evidence, digest=digest, project=target.project.root)
    except GateError as error:
        if not target.api.is_loopback:
            raise
        log.warn(f"the gate would end this release, were it not a rehearsal: {error.message}")


def _image(target: Target, reference: str) -> str:
    registry = target.registry
    digest = reference.rpartition("@")[2]
    if digest and registry.has(digest):
        return digest
    published = reference or target.project.config.image.published
    with logged_in(published), engine() as found:
        if reference:
            with log.step(f"copying {reference}"):
                return registry.copy(found, reference)
        with log.step("building the production image") as step:
            built = build_production(target.project, found, on_progress=step.detail)
        with log.step("pushing it"):
            return registry.push(found, built.reference, built.revision[:12])
