"""Whether CI sees to it that the image in the registry exists and fits: its own command is run."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import process
from harness.criteria.facts.model import Facts
from harness.docker.loopback_registry import registry
from harness.docker.revision import REVISION_LABEL
from harness.engine.model import Engine
from harness.errors import ToolError
from harness.fixtures.copy import working_copy
from harness.fixtures.small_images import claim_platform, publish
from harness.github.workflow import Step, Workflow, workflows
from harness.project import Project

__all__ = ["IMAGES", "Verification", "VerificationFacts", "observe"]

IMAGES = ("good", "foreign", "unlabelled", "missing")
"""What the command is tried on."""

_VERIFIES = re.compile(
    r"image verify|manifest inspect|imagetools inspect|skopeo inspect|crane (manifest|digest)"
)
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
_PATIENCE = 120.0
# What would lead the command to another registry, or be sent to this one.
_NOT_PASSED_ON = ("GITHUB_TOKEN", "GITHUB_ACTOR")


class Verification(Facts):
    """The command's end on one image.

    Attributes:
        image: What the image is.
        status: What the command ended with; negative where it did not end by itself.
        said: The last line that it printed.
    """

    image: str
    status: int
    said: str


class VerificationFacts(Facts):
    """What the workflows' command says of images of each kind.

    Attributes:
        step: Where the command stands; empty where no workflow verifies an image.
        runs: Its end on each image.
    """

    step: str
    runs: tuple[Verification, ...]


def observe(project: Project, engine: Engine) -> VerificationFacts:
    """Run the first step that verifies an image on a registry's images of each kind."""
    step = next(_steps(project), None)
    if step is None:
        return VerificationFacts(step="", runs=())
    with registry() as served, working_copy(project) as copy:
        # The job makes its environment in a step before.
        (copy.root / ".venv").symlink_to(sys.prefix)
        images = _images(engine, served.host, project.config.image.version_label)
        with ThreadPoolExecutor() as pool:
            runs = tuple(pool.map(lambda it: _run(copy, step, *it), images.items()))
    return VerificationFacts(step=step.place, runs=runs)


def _steps(project: Project) -> Iterator[Step]:
    for name in workflows(project.root):
        for job in Workflow.read(project.root, name).all_jobs():
            yield from (step for step in job.steps() if _VERIFIES.search(step.run))


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


def _run(copy: Project, step: Step, name: str, reference: str) -> Verification:
    """Run the step's script, with the image's name for whatever the workflow fills in."""
    filled = {key: _EXPRESSION.sub(reference, value) for key, value in step.env.items()}
    variables = {key: value for key, value in filled.items() if key not in _NOT_PASSED_ON}
    script = _EXPRESSION.sub(reference, step.run)
    unset = [word for key in _NOT_PASSED_ON for word in ("--unset", key)]
    command = ["env", *unset, "bash", "-e", "-o", "pipefail", "-c", script]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    try:
        done = process.run(
            command, cwd=copy.root, env={"PATH": path, **variables}, timeout=_PATIENCE, check=False
        )
    except ToolError as error:
        return Verification(image=name, status=-1, said=error.message)
    lines = (done.stderr or done.stdout).strip().splitlines() or [""]
    bare = reference.rpartition(":")[0]
    said = lines[-1].replace(reference, "IMAGE").replace(bare, "IMAGE").replace(str(copy.root), ".")
    return Verification(image=name, status=done.status, said=said)
