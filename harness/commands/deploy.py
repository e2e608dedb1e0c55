"""`harness deploy`: what `make deploy-cf` and the deployment workflow call."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import Option

from harness.cloudflare.credentials import Credentials
from harness.cloudflare.pipeline import Options, deploy as release
from harness.cloudflare.rehearsal.image import rehearsal_image
from harness.cloudflare.target import Target
from harness.commands.gate import gate
from harness.console import log
from harness.docker.login import logged_in
from harness.docker.production import build_production
from harness.docker.revision import Revision
from harness.engine.model import Engine
from harness.errors import GateError, UsageError
from harness.fixtures.engine import engine
from harness.fixtures.rehearsed_account import rehearsed_account
from harness.github import outputs
from harness.options import AsJson, Deadline, Environment, ProjectDir
from harness.project import Project

__all__ = ["deploy"]

Image = Annotated[
    str,
    Option(
        "--image",
        metavar="NAME@SHA256",
        envvar="LOA_IMAGE",
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
Rehearse = Annotated[
    bool,
    Option(
        "--rehearse",
        help="Release to a Cloudflare on this machine: the same wrangler, Worker and container.",
    ),
]
Keep = Annotated[
    bool, Option("--keep", help="After a rehearsal, leave Worker and container up until Ctrl-C.")
]


def deploy(  # noqa: PLR0913 -- one for each option
    *,
    environment: Environment = "",
    image: Image = "",
    evidence: From = None,
    require: Require = "P0",
    deadline: Deadline = 300,
    one_way: OneWay = False,
    rehearse: Rehearse = False,
    keep: Keep = False,
    project: ProjectDir = None,
    json: AsJson = False,
) -> None:
    """Release the checkout's commit to staging and then to production, or end where it began.

    What a killed release left is finished first. What serves now is recorded before anything is
    changed; if the new release is not well, it serves again, and the status is 1. Status 5: the
    new release serves and could not be asked.
    """
    log.json_mode = json
    if keep and not rehearse:
        raise UsageError("--keep is for rehearsals", "add --rehearse")
    checkout = Project.find(project)
    make = rehearsal_image if rehearse else _production_image
    wanted = _Wanted(environment, image, require, evidence, deadline, one_way, make)
    if not rehearse:
        _release(checkout, wanted)
        return
    with engine() as found, rehearsed_account(checkout, found) as account, account.entered():
        url = _release(checkout, wanted)
        if keep:
            _wait(url)


@dataclass(frozen=True)
class _Wanted:
    """What the options ask for; `make` builds the image if they name none."""

    environment: str
    image: str
    require: str
    evidence: list[Path] | None
    deadline: float
    one_way: bool
    make: Callable[[Project, Engine, str], str]


def _release(checkout: Project, wanted: _Wanted) -> str:
    """Release, say what serves, and return where."""
    with Target.of(checkout, Credentials.of_environment()) as target:
        options = Options(_until(target, wanted.environment), wanted.deadline, wanted.one_way)
        serving = release(
            target,
            options,
            lambda: _image(target, wanted),
            lambda digest: _accept(target, digest, wanted.require, wanted.evidence),
        )
        url = target.url(options.environments[-1])
    log.emit({"url": url, **serving.model_dump()})
    outputs.write({"url": url, "version": serving.version, "revision": serving.revision})
    log.say(f"{options.environments[-1]}: Worker {serving.version}, image {serving.image}")
    return url


def _wait(url: str) -> None:
    """Leave all of it up until Ctrl-C."""
    log.say(f"{url} goes on; Ctrl-C ends it")
    threading.Event().wait()


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
        gate(
            require=require,
            evidence=evidence,
            digest=digest,
            project=target.project.root,
            json=log.json_mode,
        )
    except GateError as error:
        if not target.api.is_loopback:
            raise
        log.warn(f"the gate would end this release, were it not a rehearsal: {error.message}")


def _image(target: Target, wanted: _Wanted) -> str:
    registry, reference = target.registry, wanted.image
    digest = reference.rpartition("@")[2]
    if digest and registry.has(digest):
        return digest
    published = reference or target.project.config.image.published
    with logged_in(published):
        if reference:
            with log.step(f"copying {reference}"):
                return registry.copy(reference)
        revision = Revision.of(target.project.root).commit
        with engine() as found:
            built = wanted.make(target.project, found, revision)
            with log.step("pushing it"):
                return registry.push(found, built, revision[:12])


def _production_image(project: Project, engine: Engine, _: str) -> str:
    with log.step("building the production image") as step:
        return build_production(project, engine, on_progress=step.detail).reference
