"""Where a run of the checks took place: machine, engine, checkout and the harness itself."""

import hashlib
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil
from pydantic import BaseModel, ConfigDict

import harness
from harness import process, tracked
from harness.acceptance import checks_of, local_of
from harness.engine.model import Engine
from harness.errors import ToolError
from harness.project import Project

__all__ = [
    "PARTS",
    "BuildInfo",
    "Checkout",
    "EngineInfo",
    "HarnessInfo",
    "ImageInfo",
    "LayerInfo",
    "Machine",
    "differing",
    "judging",
    "parts_of",
]

PARTS = {"worker": "deploy/cloudflare", "workflows": ".github/workflows"}
"""What a release depends on besides the image: where it lies in a checkout, by its name."""

_LOCAL = "local checks"


class _Info(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Machine(_Info):
    """The machine that the run took place on.

    Attributes:
        load: How many processes wanted a processor in the minute before.
    """

    system: str
    kernel: str
    architecture: str
    cpus: int
    memory_bytes: int
    load: float

    @classmethod
    def observe(cls) -> "Machine":
        """Return this machine, as it is now."""
        return cls(
            system=platform.system(),
            kernel=platform.release(),
            architecture=platform.machine(),
            cpus=os.cpu_count() or 1,
            memory_bytes=psutil.virtual_memory().total,
            load=round(psutil.getloadavg()[0], 2),
        )


class EngineInfo(_Info):
    """The engine that the containers ran on."""

    version: str
    origin: str
    storage_driver: str
    cgroup_version: str
    rootless: bool

    @classmethod
    def observe(cls, engine: Engine) -> "EngineInfo":
        """Ask the engine."""
        info: dict[str, Any] = engine.client.info()
        return cls(
            version=engine.version,
            origin=engine.origin,
            storage_driver=info.get("Driver", ""),
            cgroup_version=str(info.get("CgroupVersion", "")),
            rootless=engine.rootless,
        )


class LayerInfo(_Info):
    """A layer of an image: what made it, and its bytes, uncompressed."""

    made_by: str
    bytes: int


class BuildInfo(_Info):
    """A build of an image: how many steps it had, and how many of them were there already."""

    steps: int
    cached: int
    seconds: float


class ImageInfo(_Info):
    """An image that the stack ran from.

    Attributes:
        origin: How it came here: pulled, built, or which stand-in.
        layers: Its layers that hold anything, the base's first.
        build: How it was built in this run; None where nothing had to be.
    """

    reference: str
    id: str
    origin: str = ""
    layers: tuple[LayerInfo, ...] = ()
    build: BuildInfo | None = None


class Checkout(_Info):
    """The state of a checkout.

    Attributes:
        revision: The commit; None where git knows none.
        changed: How many files differ from it or are new; None where git is not asked.
        parts: SHA-256 over the sources of the Worker, the workflows and, in a project, its own
            checks, by their names.
    """

    name: str
    revision: str | None
    changed: int | None
    parts: dict[str, str] = {}

    @property
    def dirty(self) -> bool:
        """Whether the revision alone does not say what was checked."""
        return self.revision is None or self.changed != 0

    @classmethod
    def observe(cls, project: Project) -> "Checkout":
        """Ask git."""
        parts = {name: _hash_of(project, place) for name, place in parts_of(project).items()}
        revision = cls.revision_of(project)
        try:
            status = _git(project, "status", "--porcelain", "--untracked-files=all")
        except ToolError:
            return cls(name=project.root.name, revision=None, changed=None, parts=parts)
        changed = None if revision is None else len(status.splitlines())
        return cls(name=project.root.name, revision=revision, changed=changed, parts=parts)

    @staticmethod
    def revision_of(project: Project) -> str | None:
        """Return the commit; None where git knows none."""
        try:
            return _git(project, "rev-parse", "--verify", "HEAD").strip()
        except ToolError:
            return None


class HarnessInfo(_Info):
    """The harness that judged.

    Attributes:
        fingerprint: SHA-256 over its own sources and those of the checks, whatever their language.
    """

    version: str
    fingerprint: str

    @classmethod
    def observe(cls, checks: Path) -> "HarnessInfo":
        """Hash the installed harness and the checks in a directory."""
        digest = hashlib.sha256()
        for directory in judging(checks):
            _add(digest, directory.parent, directory.name)
        return cls(version=harness.__version__, fingerprint=digest.hexdigest())


def judging(checks: Path) -> tuple[Path, Path]:
    """Return the directories that make a harness: its own sources, and the checks that it runs."""
    return Path(harness.__file__).parent, checks


def differing(project: Project, revision: str, judges: Iterable[Path]) -> list[str]:
    """Return the files that evidence is held to and that are not here as they are in a commit.

    Args:
        project: The checkout.
        revision: The commit.
        judges: Directories of the harness and of checks; those outside of the checkout are of none
            of its commits.

    Raises:
        ToolError: Git cannot compare them.
    """
    found = [it.resolve() for it in judges]
    inside = [it.relative_to(project.root) for it in found if it.is_relative_to(project.root)]
    places = ["--", *PARTS.values(), *(it.as_posix() for it in inside)]
    known = _git(project, "diff", "--name-only", "--relative", "-z", revision, *places)
    new = _git(project, "ls-files", "--others", "--exclude-standard", "-z", *places)
    return sorted({*known.split("\0"), *new.split("\0")} - {""})


def parts_of(project: Project) -> dict[str, str]:
    """Return where in a checkout lies what evidence rests on besides revision and harness, by name.

    These are what a release depends on, and a project's own checks. The harness's own checkout has
    none: what lies there is the harness.

    Raises:
        ConfigError: The harness was installed without its checks.
    """
    local = local_of(project)
    if local.is_relative_to(checks_of()):
        return PARTS
    return PARTS | {_LOCAL: str(local.relative_to(project.root))}


def _hash_of(project: Project, place: str) -> str:
    digest = hashlib.sha256()
    _add(digest, project.root, place)
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", root: Path, place: str) -> None:
    """Add the names and contents of the sources that lie in a place below a directory."""
    for name in sorted(tracked.files(root, [place])):
        path = root / name
        if path.is_file() and "__pycache__" not in name.parts:
            digest.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())


def _git(project: Project, *words: str) -> str:
    return process.run(["git", "-C", project.root, *words], what=f"git {words[0]}").stdout
