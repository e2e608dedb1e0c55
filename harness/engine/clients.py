"""The `docker` program with compose and buildx: the user's own, or the harness's.

Where the user's own lacks a plugin, Debian's programs are unpacked and run with a DOCKER_CONFIG of
the harness's: a directory of links to all that is in the user's (config.json with its logins and
credential helpers, contexts, certificates, other plugins), in which only compose and buildx are
ours. Nothing secret is copied, and a login made on either side is known on both.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.console import log
from harness.engine import packages
from harness.errors import EngineError, ToolError
from harness.paths import cache_dir

__all__ = [
    "INSTALL",
    "NEEDED",
    "PACKAGES",
    "Plugin",
    "find_plugin",
    "forget",
    "prepare",
    "user_config",
]

PACKAGES: Mapping[str, tuple[str, ...]] = {
    "trixie": ("docker-cli", "docker-buildx", "docker-compose")
}
"""Debian 13's programs want glibc 2.34, which Debian 12 has too."""

NEEDED: Mapping[str, tuple[int, int]] = {"docker-compose": (2, 24), "docker-buildx": (0, 12)}
"""The oldest version of each plugin that does: `!override`, `--progress=rawjson`."""

_OURS = "libexec/docker/cli-plugins"
_SYSTEM_PLUGINS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
    "/opt/homebrew/lib/docker/cli-plugins",
    "/Applications/Docker.app/Contents/Resources/cli-plugins",
)
INSTALL = "https://docs.docker.com/compose/install/linux/ says how to add it"


@dataclass(frozen=True)
class Plugin:
    """A plugin of the docker program, as docker would choose it.

    Attributes:
        name: `docker-compose` or `docker-buildx`.
        path: Its program.
        version: As it says itself.
    """

    name: str
    path: Path
    version: str

    @property
    def fits(self) -> bool:
        """Whether it is new enough."""
        numbers = re.match(r"v?(\d+)\.(\d+)", self.version)
        return numbers is not None and (int(numbers[1]), int(numbers[2])) >= NEEDED[self.name]


def prepare() -> tuple[Path, dict[str, str]]:
    """Return the docker program, and the variables with which it has compose and buildx.

    Raises:
        EngineError: They are not there, and are not to be had here.
    """
    program = shutil.which("docker")
    lacking = _lacking(program)
    if program and not lacking:
        return Path(program), {}
    try:
        with log.step(f"{lacking}: unpacking Debian's docker client") as step:
            root = packages.unpacked(PACKAGES, progress=step.detail)
    except EngineError as error:
        raise EngineError(f"{lacking}; {error.message}", error.advice or INSTALL) from error
    return root / "usr/bin/docker", {"DOCKER_CONFIG": str(_config(root))}


def find_plugin(name: str) -> Plugin | None:
    """Return the plugin that the user's docker program would use, or None."""
    for place in _plugin_places():
        path = place / name
        if os.access(path, os.X_OK):
            return Plugin(name, path, _version(path))
    return None


def user_config() -> Path:
    """Return where the user's docker program keeps settings and logins.

    In a shell that follows `harness engine env`, DOCKER_CONFIG names our directory of links; if
    that was removed since, with the engine, nobody knows any more where they led.
    """
    named, usual = os.environ.get("DOCKER_CONFIG"), Path.home() / ".docker"
    place = Path(named) if named else usual
    if place.parent != _configs():
        return place
    with suppress(OSError):
        return (place / "config.json").readlink().parent
    return usual


def forget(user: Path) -> None:
    """Remove our directory of links for a user's configuration that will not come again."""
    shutil.rmtree(_place_of(user), ignore_errors=True)


def _lacking(program: str | None) -> str:
    """Say what the user's own lacks, in a few words; empty if nothing."""
    if not program:
        return "there is no docker program"
    for name, needed in NEEDED.items():
        plugin = find_plugin(name)
        if plugin is None:
            return f"the plugin {name} is missing"
        if not plugin.fits:
            return f"{name} {plugin.version} is older than {needed[0]}.{needed[1]}"
    return ""


def _plugin_places() -> Iterator[Path]:
    """Yield the directories in docker's own order."""
    user = user_config()
    with suppress(OSError, ValueError, TypeError):
        settings = json.loads((user / "config.json").read_text(encoding="utf-8"))
        yield from map(Path, settings.get("cliPluginsExtraDirs", []))
    yield user / "cli-plugins"
    yield from map(Path, _SYSTEM_PLUGINS)


def _version(path: Path) -> str:
    """Ask a plugin as docker does."""
    try:
        said = process.run([path, "docker-cli-plugin-metadata"], timeout=10).stdout
        return str(json.loads(said).get("Version", "unknown"))
    except (ToolError, ValueError, OSError):
        return "broken"


def _configs() -> Path:
    return cache_dir("docker-config")


def _place_of(user: Path) -> Path:
    return _configs() / hashlib.sha256(str(user).encode()).hexdigest()[:8]


def _config(root: Path) -> Path:
    """Bring our directory of links for the user's configuration up to date."""
    user = user_config()
    place = _place_of(user)
    (place / "cli-plugins").mkdir(parents=True, exist_ok=True)
    links = {place / "config.json": user / "config.json"}
    links |= {place / it.name: it for it in _entries(user) if it.name != "cli-plugins"}
    plugins = [*_entries(user / "cli-plugins"), *_entries(root / "usr" / _OURS)]
    links |= {place / "cli-plugins" / it.name: it for it in plugins}
    for link, target in links.items():
        _link(link, target)
    for stale in {*_entries(place), *_entries(place / "cli-plugins")} - links.keys():
        if stale.is_symlink() and not stale.exists():
            stale.unlink(missing_ok=True)
    return place


def _entries(place: Path) -> list[Path]:
    return list(place.iterdir()) if place.is_dir() else []


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    if link.exists() and not link.is_symlink():
        return  # what docker itself has made there since
    draft = link.with_name(f".{link.name}.{os.getpid()}")
    draft.symlink_to(target)
    draft.replace(link)
