"""Whether CI sees to it that the image in the registry is there and fits: what it runs is run."""

import os
import shutil
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from harness import process
from harness.criteria.facts.image_name import Renamed, renamed
from harness.criteria.facts.model import Facts
from harness.criteria.facts.verifying import Verifying, find, programs
from harness.docker.loopback_registry import registry
from harness.docker.revision import REVISION_LABEL
from harness.engine.model import Engine
from harness.errors import HarnessError, ToolError
from harness.fixtures.copy import working_copy
from harness.fixtures.small_images import claim_platform, publish
from harness.github.errors import BeyondModelError
from harness.github.workflow import Step
from harness.github.workflow_events import push
from harness.github.workflow_shell import commands
from harness.process import Completed
from harness.project import Project
from harness.scratch import scratch

__all__ = ["IMAGES", "Verification", "VerificationFacts", "VerifyingJob", "observe"]

IMAGES = ("good", "foreign", "unlabelled", "missing")
"""What the commands are tried on."""

_PATIENCE = 120.0
# What would lead a command to another registry, or be sent to this one.
_NOT_PASSED_ON = ("GITHUB_TOKEN", "GITHUB_ACTOR")
_REPOSITORY = {"github.repository": "owner/name", "github.repository_owner": "owner"}
_KNOWN = {
    **push("main").context(),
    **_REPOSITORY,
    "github.actor": "somebody",
    "github.sha": "0" * 40,
    "runner.os": "Linux",
}
_FILES = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
# As GitHub starts them; one that names no shell heeds only the last command of a pipe.
_SHELLS = {"": ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}


class _Place(NamedTuple):
    """Where scripts run: a copy of the checkout, with what the runner sets."""

    copy: Project
    environment: Mapping[str, str]


class Verification(Facts):
    """The end of a job's commands on one image.

    Attributes:
        image: What the image is.
        status: What they ended with; negative where they did not end by themselves.
        said: The last line that was printed.
    """

    image: str
    status: int
    said: str


class VerifyingJob(Facts):
    """What a job's commands say of images of each kind.

    Attributes:
        place: Where the commands stand.
        runs: Their end on each image.
        beyond: Why they could not be tried; empty if they could.
    """

    place: str
    runs: tuple[Verification, ...]
    beyond: str = ""


class VerificationFacts(Facts):
    """What the workflows' commands say of images of each kind.

    Attributes:
        jobs: The jobs that verify an image.
        idle: The steps that would, and why they do not count.
        beyond: The workflows that could not be looked into, and why.
    """

    jobs: tuple[VerifyingJob, ...]
    idle: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


def observe(project: Project, engine: Engine) -> VerificationFacts:
    """Run the steps that verify an image on a registry's images of each kind."""
    found = find(project.root)
    told = {"idle": tuple(found.idle), "beyond": tuple(found.beyond)}
    if not found.jobs:
        return VerificationFacts(jobs=(), **told)
    with registry() as served, working_copy(project) as copy:
        # The job makes its environment in a step before.
        (copy.root / ".venv").symlink_to(sys.prefix)
        images = _images(engine, served.host, project.config.image.version_label)
        environment = {**engine.variables, "PATH": _path(str(engine.program.parent))}
        jobs = tuple(tried(copy, it, images, environment) for it in found.jobs)
    return VerificationFacts(jobs=jobs, **told)


def tried(
    copy: Project, verifying: Verifying, images: Mapping[str, str], environment: Mapping[str, str]
) -> VerifyingJob:
    """Run a job's steps that verify an image on each of some images.

    Args:
        copy: A copy of the checkout, to run them in.
        verifying: The job.
        images: The images' names by what they are.
        environment: What the runner sets, with PATH.
    """
    try:
        for step in verifying.steps:
            _refuse(step, environment["PATH"])
        trials = {name: _steps(copy, verifying, it) for name, it in images.items()}
    except HarnessError as error:
        return VerifyingJob(place=verifying.place, runs=(), beyond=str(error))
    with ThreadPoolExecutor() as pool:
        at = _Place(copy, environment)
        runs = pool.map(lambda it: _run(at, it, images[it], trials[it]), trials)
        return VerifyingJob(place=verifying.place, runs=tuple(runs))


def _images(engine: Engine, host: str, version: str) -> Mapping[str, str]:
    """Put an image of each kind into the registry; return their names."""
    labels = {version: "1.0", REVISION_LABEL: "0" * 40}
    found = {name: f"{host}/{name}:main" for name in IMAGES}
    publish(engine, found["good"], labels)
    publish(engine, found["foreign"], labels)
    publish(engine, found["unlabelled"], {REVISION_LABEL: labels[REVISION_LABEL]})
    for name in ("good", "unlabelled"):
        claim_platform(found[name], "amd64")
    claim_platform(found["foreign"], "s390x")
    return found


def _steps(copy: Project, verifying: Verifying, reference: str) -> list[tuple[Step, Renamed]]:
    """Return a job's steps with the image's name for whatever the workflow fills in.

    Raises:
        BeyondModelError: That cannot be told, or they cannot be run here.
    """
    job, found = verifying.job, []
    known = {**_KNOWN, "github.workspace": str(copy.root), "runner.temp": str(copy.root)}
    for step in verifying.steps:
        it = renamed(step.run, (job.workflow.env, job.env, step.env), reference, known)
        if not it.is_used:
            raise BeyondModelError("an image whose name is not known here")
        found.append((step, it))
    return found


def _refuse(step: Step, path: str) -> None:
    """Refuse what cannot be run here, or would ask a registry elsewhere."""
    if _shell(step) not in _SHELLS:
        raise BeyondModelError("a script that is not bash's")
    for name in programs(step):
        if "/" not in name and not shutil.which(name, path=path):
            raise BeyondModelError(f"{name}, which is not here")
    if any("login" in it.names[1:3] for it in commands(step.run)):
        raise BeyondModelError("a login to a registry")


def _shell(step: Step) -> str:
    return str(step.document.get("shell") or "")


def _path(*before: str) -> str:
    return os.pathsep.join([*before, str(Path(sys.executable).parent), os.environ["PATH"]])


def _run(at: _Place, name: str, reference: str, steps: list[tuple[Step, Renamed]]) -> Verification:
    """Run the steps until one fails."""
    done = Completed(0, "", "")
    try:
        for step, it in steps:
            done = _run_step(at, step, it)
            if not done.ok:
                break
    except ToolError as error:
        return Verification(image=name, status=-1, said=error.message)
    lines = (done.stderr or done.stdout).strip().splitlines() or [""]
    bare = reference.rpartition(":")[0]
    said = (
        lines[-1].replace(reference, "IMAGE").replace(bare, "IMAGE").replace(str(at.copy.root), ".")
    )
    return Verification(image=name, status=done.status, said=said)


def _run_step(at: _Place, step: Step, it: Renamed) -> Completed:
    unset = [word for key in _NOT_PASSED_ON for word in ("--unset", key)]
    given = {key: value for key, value in it.variables.items() if key not in _NOT_PASSED_ON}
    with scratch("verify") as place:
        files = {key: str(place / key.lower()) for key in _FILES}
        own = {"GITHUB_REPOSITORY": _REPOSITORY["github.repository"], "RUNNER_TEMP": str(place)}
        own |= {"GITHUB_WORKSPACE": str(at.copy.root)}
        return process.run(
            ["env", *unset, *_SHELLS[_shell(step)], "-c", it.script],
            cwd=at.copy.root / it.filled(step.directory),
            env={**at.environment, **own, **files, **given},
            timeout=_PATIENCE,
            check=False,
        )
