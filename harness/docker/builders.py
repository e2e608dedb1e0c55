"""A builder that can leave finished steps in a registry, which not every engine's own can."""

import hashlib
from pathlib import Path

from harness import process
from harness.console import log
from harness.docker import registry
from harness.docker.buildx import OWN_BUILDER
from harness.docker.images import inspect
from harness.engine.model import Engine
from harness.errors import ToolError

__all__ = ["exporting", "exports"]

_IMAGE = "moby/buildkit:buildx-stable-1"
_START_SECONDS = 180.0


def exporting(engine: Engine) -> str:
    """Return the name of a builder that exports caches, made if need be; else the engine's own.

    Where the engine's own cannot, it is a container of BuildKit's image, so that must be there or
    be had, and start; where it does not, one line says so.
    """
    if exports(engine, OWN_BUILDER):
        return OWN_BUILDER
    name = _name(engine)
    # buildx knows also of those that never started.
    if _buildx(engine, "inspect", "--bootstrap", name):
        return name
    problem = "" if inspect(engine, _IMAGE) else registry.ask(engine, _IMAGE).problem
    if not problem and not _made(engine, name):
        problem = "it does not start"
    if problem:
        log.note(f"{_IMAGE}: {problem}; the engine's own builder works, and exports no steps")
        return OWN_BUILDER
    return name


def exports(engine: Engine, builder: str) -> bool:
    """Whether a builder can export caches: the engine's own can with containerd's image store."""
    if builder != OWN_BUILDER:
        return True
    about: dict[str, str] = dict(engine.client.info().get("DriverStatus") or ())
    return about.get("driver-type", "").startswith("io.containerd.")


def _name(engine: Engine) -> str:
    """Return its name: buildx keeps those of all engines together, and asks the one of each."""
    return f"loa-harness-{hashlib.sha256(engine.host.encode()).hexdigest()[:8]}"


def _made(engine: Engine, name: str) -> bool:
    """Make a builder in the place of one that does not start; nothing stays if it does not."""
    # The host's network, so that it reaches a registry on loopback as the engine does.
    options = ["--driver", "docker-container", "--driver-opt", "network=host", "--bootstrap"]
    # Its finished steps may be good.
    _buildx(engine, "rm", "--keep-state", name)
    if _buildx(engine, "create", "--name", name, *options):
        return True
    _buildx(engine, "rm", name)
    return False


def _buildx(engine: Engine, *words: str) -> bool:
    command: list[str | Path] = [engine.program, "buildx", *words]
    try:
        process.run(command, env=engine.variables, timeout=_START_SECONDS)
    except ToolError:
        return False
    return True
