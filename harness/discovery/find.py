"""Each key of harness.toml that can be told from a checkout's other files."""

import os
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness import tracked
from harness.discovery.compose import FILES, Service, compose_file, gateway_service
from harness.discovery.found import Found
from harness.docker.dockerfile import Dockerfile
from harness.errors import ImageError

__all__ = ["KEYS", "WRANGLER", "discover", "wrangler_files"]

KEYS = frozenset(
    {
        "cloudflare.config",
        "cloudflare.directory",
        "compose.file",
        "compose.service",
        "image.dev_context",
        "image.dev_dockerfile",
        "image.dev_target",
        "image.dockerfile",
        "image.fallback_target",
        "image.published",
        "probe.file",
    }
)
"""What can be found."""

WRANGLER = ("wrangler.jsonc", "wrangler.json", "wrangler.toml")
"""How wrangler's configuration is called."""

_SKIPPED = frozenset({"node_modules", ".git", ".venv", ".harness", ".wrangler"})
_KINDS = ("Dockerfile", "Containerfile")
_FILES = tuple(f"{place}{kind}" for kind in _KINDS for place in ("deploy/", "docker/", ""))
_DEV_FILES = tuple(f"{name}.dev" for name in _FILES)
_SCHEDULER = "scheduler.ts"
_BASES = ("core", "runtime")


def discover(root: Path, known: Mapping[str, str]) -> list[Found]:
    """Find what a checkout's files tell, in the order of harness.toml's keys.

    Args:
        root: The checkout.
        known: What harness.toml sets, by key, which need not be found.
    """
    return list(_Search(root, known).run()) if KEYS - known.keys() else []


class _Search:
    """One search; what was found first helps to find the rest."""

    def __init__(self, root: Path, known: Mapping[str, str]) -> None:
        self._root = root
        self._known = known
        self.compose = known.get("compose.file") or compose_file(root) or ""

    def run(self) -> Iterator[Found]:
        """Yield a result for each key that is not known."""
        found = (
            self._compose_file(),
            self._service(),
            self._dev_dockerfile(),
            *self._build(),
            self._published(),
            self._dockerfile(),
            self._fallback_target(),
            self._probe_file(),
            *self._worker(),
        )
        yield from (it for it in found if it.key not in self._known)

    def _compose_file(self) -> Found:
        looked = f"a compose file: {', '.join(it for it in FILES if '/' not in it)}, and below "
        looked += "deploy/ and docker/"
        return Found("compose.file", self.compose or None, self.compose, looked)

    @property
    def _gateway(self) -> Service | None:
        return gateway_service(self._root, self.compose) if self.compose else None

    def _service(self) -> Found:
        name = self._gateway.name if self._gateway else None
        looked = "the service that publishes port 18789, or the only one"
        return Found("compose.service", name, self.compose, looked)

    def _dev_dockerfile(self) -> Found:
        built = self._first(self._building())
        if built:
            return Found("image.dev_dockerfile", built, self.compose, "")
        name = self._first(_DEV_FILES)
        looked = f"what builds the service, else {', '.join(_DEV_FILES)}"
        return Found("image.dev_dockerfile", name, name or "", looked)

    def _building(self) -> tuple[str, ...]:
        """Return what the service may be built by: Podman takes a Containerfile too."""
        named = self._gateway.dockerfile if self._gateway else None
        if not named:
            return ()
        is_default = posixpath.basename(named) == _KINDS[0]
        return (named, *([_beside(named, _KINDS[1])] if is_default else []))

    def _build(self) -> Iterator[Found]:
        """Yield how the service is built, where it is otherwise than by default."""
        if "image.dev_dockerfile" in self._known or not self._gateway:
            return
        if self._gateway.context not in {None, "."}:
            yield Found("image.dev_context", self._gateway.context, self.compose, "")
        if self._gateway.target:
            yield Found("image.dev_target", self._gateway.target, self.compose, "")

    def _published(self) -> Found:
        name = self._known.get("image.dev_dockerfile") or self._dev_dockerfile().value
        parsed = _read(self._root / name) if name else None
        built = {it.key: it.value for it in self._build()}.get("image.dev_target")
        base = _base(parsed, self._known.get("image.dev_target") or built or "") if parsed else None
        looked = "the image that the development image stands on"
        return Found("image.published", base, name or "", looked)

    def _dockerfile(self) -> Found:
        name = self._production()
        return Found("image.dockerfile", name, name or "", ", ".join(_FILES))

    def _production(self) -> str | None:
        """Return what lies beside the development image's file, else in a usual place."""
        dev = self._known.get("image.dev_dockerfile") or self._dev_dockerfile().value
        near = [_beside(dev, kind) for kind in _KINDS] if dev else []
        others = tuple(it for it in (*near, *_FILES) if it != dev)
        return self._first(others) or self._first(_FILES)

    def _fallback_target(self) -> Found:
        name = self._known.get("image.dockerfile") or self._production()
        parsed = _read(self._root / name) if name else None
        stages = [it.name for it in parsed.stages] if parsed else []
        target = next((it for it in _BASES if it in stages), stages[-1] if stages else None)
        return Found("image.fallback_target", target, name or "", "a stage core or runtime")

    def _probe_file(self) -> Found:
        places = list(self._mounted()) or [self._root / "deploy"]
        found = (path for place in places for path in _sources(place))
        path = next(found, None)
        name = path.relative_to(self._root).as_posix() if path else None
        looked = f"{_SCHEDULER} in a directory that the service mounts"
        return Found("probe.file", name, self.compose, looked)

    def _mounted(self) -> Iterator[Path]:
        """Yield the mounted directories of the checkout; others are not ours to search, as `/` is.

        An absolute path counts where it lies in the checkout.
        """
        for name in self._gateway.mounted() if self._gateway else ():
            inside = os.path.relpath(self._root / name, self._root)
            if posixpath.pardir not in Path(inside).parts:
                yield self._root / inside

    def _worker(self) -> Iterator[Found]:
        """Yield where wrangler's configuration is, if there is only one or one in deploy/."""
        found = [it.relative_to(self._root) for it in wrangler_files(self._root)]
        told = [it for it in found if it.parts[0] == "deploy"] if len(found) > 1 else found
        path = told[0] if len(told) == 1 else None
        looked = f"{', '.join(WRANGLER)}, the only one or the only one below deploy/"
        place = path.as_posix() if path else ""
        directory, name = (path.parent.as_posix(), path.name) if path else (None, None)
        yield Found("cloudflare.directory", directory, place, looked)
        yield Found("cloudflare.config", name, place, looked)

    def _first(self, names: tuple[str, ...]) -> str | None:
        return next((name for name in names if (self._root / name).is_file()), None)


def wrangler_files(directory: Path) -> Iterator[Path]:
    """Yield each file of wrangler's configuration in a directory and below it."""
    for entry in tracked.entries(directory):
        if entry.is_dir() and not entry.is_symlink() and entry.name not in _SKIPPED:
            yield from wrangler_files(entry)
        elif entry.name in WRANGLER:
            yield entry


def _beside(name: str, other: str) -> str:
    """Return the name of a file that lies beside another one."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), other))


def _sources(place: Path) -> Iterator[Path]:
    found = sorted(place.rglob(_SCHEDULER)) if place.is_dir() else []
    yield from (path for path in found if "node_modules" not in path.parts)


def _base(parsed: Dockerfile, target: str) -> str | None:
    """Return the image that a stage stands on, through the stages between them."""
    bases = {it.name: it.base for it in parsed.stages}
    name = target.lower() or parsed.stages[-1].name
    while name in bases:
        name = bases.pop(name)
    return name if name != target.lower() else None


def _read(path: Path) -> Dockerfile | None:
    try:
        return Dockerfile.read(path)
    except ImageError:
        return None
