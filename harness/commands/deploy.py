"""`harness deploy`: what `make deploy-cf` and the deployment workflow call."""

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

from typer import Option

from harness.cloudflare import rehearsed
from harness.cloudflare.brought import Make, bring, pushed
from harness.cloudflare.credentials import Credentials, secret_of
from harness.cloudflare.pipeline import Options, deploy as release
from harness.cloudflare.preview import URL, Preview
from harness.cloudflare.rehearsal.image import rehearsal_image
from harness.cloudflare.serving import Serving
from harness.cloudflare.settings import Settings, refuse_preview
from harness.cloudflare.target import Target
from harness.commands.gate import answers_of, conclude, refuse, told
from harness.console import log
from harness.criteria.gate import Answer
from harness.docker.production import build_production
from harness.docker.reference import refuse_undigested
from harness.engine.model import Engine
from harness.envfile import FILE_NAME, TOKEN as GATEWAY_TOKEN
from harness.errors import GateError, HarnessError, UsageError
from harness.fixtures.engine import engine
from harness.fixtures.images import base_image
from harness.fixtures.rehearsed_account import rehearsed_account
from harness.github import outputs
from harness.interrupt import interruptible
from harness.options import AsJson, Deadline, Environment, ProjectDir
from harness.project import Project

__all__ = ["deploy"]

Image = Annotated[
    str,
    Option(
        "--image",
        metavar="NAME@SHA256",
        envvar="LOA_IMAGE",
        help="Release this image; else the one that `harness build --push` made of the commit, "
        "or if there is none, one that is built here.",
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
    Option("--one-way", help="Allow a migration, or another format of state: nothing leads back."),
]
Rehearse = Annotated[
    bool,
    Option(
        "--rehearse",
        help="Release to a Cloudflare on this machine in place of an earlier release, and go back; "
        "with the same wrangler, Worker and container.",
    ),
]
PreviewName = Annotated[
    str,
    Option(
        "--preview",
        metavar="NAME",
        help="No release: put Worker, image, container and bucket up under a name of their own.",
    ),
]
Remove = Annotated[bool, Option("--remove", help="Take the preview away instead.")]
Keep = Annotated[
    bool, Option("--keep", help="After a rehearsal, leave Worker and container up until Ctrl-C.")
]


@interruptible()
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
    preview: PreviewName = "",
    remove: Remove = False,
    project: ProjectDir = None,
    json: AsJson = False,
) -> None:
    """Release the checkout's commit to staging, then production, or leave production as it was.

    What a killed release left is finished first. What serves now is recorded before anything is
    changed; if the new release is not well, it serves again, and the status is 1; what fails in
    production stays in staging. Status 5: the new release serves and could not be asked.

    With --preview, no environment is touched; what did not become well stays, until --remove.
    """
    log.json_mode = json
    _refuse(environment, preview, rehearse=rehearse, keep=keep, remove=remove)
    if preview:
        refuse_preview(preview)
    if image and not remove:
        refuse_undigested(image, "--image")
    refuse(require, evidence)
    checkout = Project.find(project)
    _refuse_unknown(checkout, environment)
    make, look = (rehearsal_image, _nothing) if rehearse else (_production_image, pushed)
    wanted = _Wanted(environment, image, require, evidence, deadline, one_way, preview, make, look)
    if rehearse:
        _rehearse(checkout, wanted, keep=keep)
    elif remove:
        log.emit({"preview": preview, "removed": _take_away(checkout, preview)})
    else:
        _put_up(checkout, wanted)


@dataclass(frozen=True)
class _Wanted:
    """What the options ask for; `look` finds the image if they name none, `make` builds it."""

    environment: str
    image: str
    require: str
    evidence: list[Path] | None
    deadline: float
    one_way: bool
    preview: str
    make: Make
    look: Callable[[Project], str]

    def options(self, target: Target) -> Options:
        """Return how the release is made: nothing gets around staging."""
        names = target.environments
        last = self.environment or names[-1]
        return Options(names[: names.index(last) + 1], self.deadline, self.one_way)


def _refuse(environment: str, preview: str, *, rehearse: bool, keep: bool, remove: bool) -> None:
    """Refuse options that do not go together."""
    if keep and not rehearse:
        raise UsageError("--keep is for rehearsals", "add --rehearse")
    if remove and not preview:
        raise UsageError("--remove is for previews", "add --preview NAME")
    if remove and rehearse:
        raise UsageError("a rehearsal takes its preview away by itself", "leave out --remove")
    if preview and environment:
        raise UsageError("a preview is in no environment", "leave out --preview or --environment")


def _refuse_unknown(checkout: Project, environment: str) -> None:
    """Refuse an environment that is none: a release must not end in another than was meant."""
    if not environment:  # to look for the names may begin programs, before the credentials are seen
        return
    names = (checkout.config.cloudflare.staging, checkout.config.cloudflare.production)
    if environment not in names:
        problem = f"--environment {environment}: there is no such environment"
        raise UsageError(problem, f"use {' or '.join(names)}")


def _rehearse(checkout: Project, wanted: _Wanted, *, keep: bool) -> None:
    with (
        engine() as found,
        _telling_the_end(),
        rehearsed_account(checkout, found) as account,
        account.entered(),
    ):
        if wanted.preview:
            worker = Settings.preview(checkout, wanted.preview).worker
            os.environ[URL] = account.cloud.url(worker)
            _, url = _put_up(checkout, wanted)
        else:
            url = _replace(checkout, found, wanted, keep=keep)
        if keep:
            _wait(url)
        if wanted.preview:
            _take_away(checkout, wanted.preview)


@contextmanager
def _telling_the_end() -> Iterator[None]:
    """Say how a rehearsal ended, and that nothing of it is left however it did."""
    gone = "its account is thrown away, and nothing of it is left"
    try:
        yield
    except (HarnessError, KeyboardInterrupt) as error:
        how = "failed" if isinstance(error, HarnessError) else "was ended by hand"
        log.note(f"the rehearsal {how}; {gone}")
        raise
    log.say(f"the rehearsal succeeded; {gone}")


def _replace(checkout: Project, engine: Engine, wanted: _Wanted, *, keep: bool) -> str:
    """Release in place of an earlier release, and go back; what is kept is the new one."""
    with Target.of(checkout, Credentials.of_environment()) as target:
        options = wanted.options(target)
        # Looked for once, so that what is said of it is said once.
        make = partial(rehearsal_image, base=base_image(checkout, engine))
        rehearsed.precede(target, engine, options, make)
        serving, url = _put_up(checkout, replace(wanted, make=make))
        rehearsed.go_back(target, options, serving, stay=not keep)
    return url


def _put_up(checkout: Project, wanted: _Wanted) -> tuple[Serving, str]:
    """Release or put a preview up, say what serves, and return it and where."""
    put_up = _preview if wanted.preview else _release
    with Target.of(checkout, Credentials.of_environment()) as target:
        name, serving, url = put_up(target, wanted)
    log.emit({"url": url, **serving.model_dump()})
    outputs.write({"url": url, "version": serving.version, "revision": serving.revision})
    log.say(f"{name}: Worker {serving.version}, image {serving.image}")
    return serving, url


def _release(target: Target, wanted: _Wanted) -> tuple[str, Serving, str]:
    options = wanted.options(target)
    image = _Image(target, wanted)
    serving = release(target, options, image.bring, image.accept)
    return options.environments[-1], serving, target.url(options.environments[-1])


def _preview(target: Target, wanted: _Wanted) -> tuple[str, Serving, str]:
    # Where none is given, as by a secret that is not set, nobody knows it: then the health route is
    # all that answers.
    if not secret_of(GATEWAY_TOKEN):
        os.environ[GATEWAY_TOKEN] = secrets.token_urlsafe(32)
    found = Preview(target, wanted.preview)
    serving = found.put_up(
        lambda: bring(target.project, found.registry, wanted.image, wanted.make), wanted.deadline
    )
    return f"preview {found.name} at {found.url}", serving, found.url


def _take_away(checkout: Project, name: str) -> list[str]:
    """Take a preview away, say what it was, and return that."""
    with Target.of(checkout, Credentials.of_environment()) as target:
        removed = Preview(target, name).take_away()
    log.say(f"preview {name}: removed {', '.join(removed) or 'nothing, for nothing was there'}")
    return removed


def _wait(url: str) -> None:
    """Leave all of it up until Ctrl-C."""
    log.say(f"{url} goes on, with {GATEWAY_TOKEN} of {FILE_NAME}; Ctrl-C ends it")
    log.say(f"{url}/health is its health route, which wants no token")
    threading.Event().wait()


class _Image:
    """What is released, found only when everything else allows a release."""

    def __init__(self, target: Target, wanted: _Wanted) -> None:
        self._target = target
        self._wanted = wanted
        self._rehearses = target.api.is_loopback
        self._name = wanted.image

    def bring(self) -> str:
        """Have it be in Cloudflare's registry, and return its digest."""
        project = self._target.project
        self._name = self._name or self._wanted.look(project)
        return bring(project, self._target.registry, self._name, self._wanted.make)

    def accept(self, digest: str) -> None:
        """Ask the gate; in a rehearsal, which users do not see, its answer is only told.

        Raises:
            GateError: Evidence is missing.
        """
        answers: list[Answer] = []
        name = self._name or self._target.registry.name(digest)
        try:
            wanted = self._wanted
            answers = answers_of(self._target.project, wanted.require, wanted.evidence, name)
            conclude(answers, listed=not self._rehearses)
        except GateError as error:
            if not self._rehearses:
                log.emit(told(answers))  # all that such a release has found out
                raise
            log.warn(f"the gate would end this release, were it not a rehearsal: {error.message}")


def _nothing(_: Project) -> str:
    """Find no image: what a rehearsal releases is made for it."""
    return ""


def _production_image(project: Project, engine: Engine, _: str) -> str:
    with log.step("building the production image") as step:
        return build_production(project, engine, on_progress=step.detail).reference
