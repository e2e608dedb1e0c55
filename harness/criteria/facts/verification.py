"""Whether CI sees to it that the image in the registry is there and fits: what it runs is run."""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from docker.errors import DockerException

from harness import process
from harness.criteria.facts.image_name import Renamed, renamed
from harness.criteria.facts.model import Facts
from harness.criteria.facts.verifying import Verifying, find
from harness.criteria.facts.verifying_steps import asks, programs
from harness.docker.loopback_registry import registry
from harness.docker.revision import REVISION_LABEL
from harness.engine.model import Engine
from harness.errors import HarnessError, ToolError
from harness.fixtures.copy import working_copy
from harness.fixtures.small_images import claim_platform, publish
from harness.github import outputs
from harness.github.errors import BeyondModelError
from harness.github.workflow import Step
from harness.github.workflow_events import push
from harness.github.workflow_expression import Value
from harness.github.workflow_release import may_deploy
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
_OUTPUT, _SET = "GITHUB_OUTPUT", "GITHUB_ENV"
_FILES = (_OUTPUT, _SET, "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
# What says that something is missing here, or that the loopback registry is not asked as it wants.
_NOT_HERE = re.compile(
    r".*(: command not found|Cannot find (?:module|package)|No module named"
    r"|HTTP response to HTTPS client).*"
)
# As GitHub starts them; one that names no shell heeds only the last command of a pipe.
_SHELLS = {"": ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}


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
        try:
            jobs = tuple(tried(copy, it, images, environment) for it in found.jobs)
        finally:
            _forget(engine, images.values())
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
            _refuse(step, copy.root, environment["PATH"])
        with ThreadPoolExecutor() as pool:
            runs = tuple(
                pool.map(lambda it: _run(copy, verifying, it, environment), images.items())
            )
    except HarnessError as error:
        return VerifyingJob(place=verifying.place, runs=(), beyond=str(error))
    if verifying.aside and any(it.status == 0 for it in runs if it.image != "good"):
        beyond = f"what {verifying.aside[0].place} does with it"
        return VerifyingJob(place=verifying.place, runs=(), beyond=f"uses {beyond}")
    return VerifyingJob(place=verifying.place, runs=runs)


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


def _forget(engine: Engine, names: Iterable[str]) -> None:
    """Remove what a job's commands pulled."""
    for name in names:
        with suppress(DockerException):
            engine.client.images.remove(name, force=True)


def _refuse(step: Step, root: Path, path: str) -> None:
    """Refuse what cannot be run here, or would ask a registry elsewhere."""
    if _shell(step) not in _SHELLS:
        raise BeyondModelError("a script that is not bash's")
    if may_deploy(step, root):
        raise BeyondModelError("a script that may deploy as well")
    for name in programs(step, root):
        if "/" not in name and not shutil.which(name, path=path):
            raise BeyondModelError(f"{name}, which is not here")
    if any("login" in it.names[1:3] for it in commands(step.run)):
        raise BeyondModelError("a login to a registry")


def _shell(step: Step) -> str:
    return str(step.document.get("shell") or "")


def _path(*before: str) -> str:
    return os.pathsep.join([*before, str(Path(sys.executable).parent), os.environ["PATH"]])


def _run(
    copy: Project, verifying: Verifying, image: tuple[str, str], environment: Mapping[str, str]
) -> Verification:
    """Run the steps on an image until one fails, in a copy of their own."""
    name, reference = image
    with working_copy(copy) as own, scratch("verify") as temporary:
        tools = own.root / ".venv"
        if (copy.root / ".venv").is_symlink() and not tools.is_symlink():
            tools.symlink_to(sys.prefix)
        trial = _Trial(verifying, reference, own.root, temporary, environment)
        try:
            done = trial.end()
        except ToolError as error:
            return Verification(image=name, status=-1, said=error.message)
    if name == "good" and not done.ok and (found := _NOT_HERE.search(done.stderr)):
        raise BeyondModelError(f"what is not here: {found[0].strip()}")
    lines = (done.stderr or done.stdout).strip().splitlines() or [""]
    return Verification(image=name, status=done.status, said=trial.shown(lines[-1]))


class _Trial:
    """A job's steps on one image, each with what those before it left."""

    def __init__(
        self,
        verifying: Verifying,
        reference: str,
        root: Path,
        temporary: Path,
        environment: Mapping[str, str],
    ) -> None:
        self._verifying, self._reference = verifying, reference
        self._root, self._temporary, self._environment = root, temporary, environment
        places = {"github.workspace": str(root), "runner.temp": str(temporary)}
        self._known: dict[str, Value] = {**_KNOWN, **places}
        self._set: dict[str, str] = {}

    def end(self) -> Completed:
        """Run the steps until one fails.

        Raises:
            BeyondModelError: The first, or one that asks a registry, has not the image's name.
            ToolError: One does not end, or cannot be started.
        """
        done = Completed(0, "", "")
        for number, step in enumerate(self._verifying.steps):
            it = self._renamed(step)
            is_asking = not number or asks(step, self._root)
            if is_asking and not (it.is_used or self._reference in self._set.values()):
                raise BeyondModelError("an image whose name is not known here")
            done = self._step(step, it, self._temporary / f".step-{number}")
            if not done.ok:
                break
        return done

    def shown(self, line: str) -> str:
        """Return a line as it would be for any image, wherever it was run."""
        bare = self._reference.rpartition(":")[0]
        line = line.replace(self._reference, "IMAGE").replace(bare, "IMAGE")
        return line.replace(str(self._root), ".")

    def _renamed(self, step: Step) -> Renamed:
        job = self._verifying.job
        return renamed(
            step.run, (job.workflow.env, job.env, step.env), self._reference, self._known
        )

    def _step(self, step: Step, it: Renamed, place: Path) -> Completed:
        place.mkdir()
        files = {key: str(place / key.lower()) for key in _FILES}
        unset = [word for key in _NOT_PASSED_ON for word in ("--unset", key)]
        done = process.run(
            ["env", *unset, *_SHELLS[_shell(step)], "-c", it.script],
            cwd=self._root / it.filled(step.directory),
            env={**self._environment, **self._own(), **files, **self._given(step, it)},
            timeout=_PATIENCE,
            check=False,
        )
        self._learn(step, place)
        return done

    def _own(self) -> dict[str, str]:
        return {
            "GITHUB_REPOSITORY": _REPOSITORY["github.repository"],
            "GITHUB_WORKSPACE": str(self._root),
            "RUNNER_TEMP": str(self._temporary),
        }

    def _given(self, step: Step, it: Renamed) -> dict[str, str]:
        """Return a step's variables: those that one before it set, but for its own."""
        found = {**it.variables, **self._set, **{key: it.variables[key] for key in step.env}}
        return {key: value for key, value in found.items() if key not in _NOT_PASSED_ON}

    def _learn(self, step: Step, place: Path) -> None:
        told = outputs.read(place / _OUTPUT.lower())
        name = str(step.document.get("id") or "")
        self._known |= {f"steps.{name}.outputs.{key}".lower(): it for key, it in told.items()}
        self._set |= outputs.read(place / _SET.lower())
        self._known |= {f"env.{key.lower()}": it for key, it in self._set.items()}
