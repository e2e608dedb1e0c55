"""The compose file for development, and the service in it that runs the gateway."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from harness import tracked

__all__ = ["FILES", "Service", "compose_file", "files_of", "gateway_service", "service"]

FILES = tuple(
    f"{directory}{stem}{suffix}"
    for directory in ("", "deploy/", "docker/", ".docker/")
    for stem in (
        *("docker-compose.dev", "compose.dev", "docker-compose", "compose"),
        *("podman-compose", "container-compose"),
    )
    for suffix in (".yml", ".yaml")
)
"""Where a compose file may be, those for development first."""

_GATEWAY_PORT = "18789"
_STEMS = frozenset({"compose", "docker-compose"})
_OVERRIDES = tuple(f"{stem}.override{end}" for stem in sorted(_STEMS) for end in (".yml", ".yaml"))
_VARIABLE = re.compile(r"\$\{\w+:?-([^${}]*)\}")


class _Loader(yaml.SafeLoader):
    """Reads compose's own tags, such as !override, as what stands behind them."""


def _plain(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:  # noqa: ANN401 -- any YAML
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]  # the third kind of node


_Loader.add_multi_constructor("!", _plain)


class Service:
    """A service as its compose file writes it, before compose resolves anything.

    Args:
        name: Its name.
        document: What the file says of it.
        directory: The compose file's directory, relative to the checkout.
    """

    def __init__(self, name: str, document: Mapping[str, Any], directory: str) -> None:
        self.name = name
        self._document = document
        self._directory = directory

    @property
    def publishes_gateway(self) -> bool:
        """Whether it publishes the gateway's port."""
        return any(_inner(it) == _GATEWAY_PORT for it in self._list("ports"))

    @property
    def context(self) -> str | None:
        """The directory that it is built from, relative to the checkout; None where it is not."""
        build = self._document.get("build")
        if not build:
            return None
        context = build.get("context", ".") if isinstance(build, Mapping) else build
        return self._path(_without_variables(context))

    @property
    def dockerfile(self) -> str | None:
        """The Dockerfile that builds it, relative to the checkout; None where nothing is built."""
        name = self._of_build("dockerfile") or "Dockerfile"
        return posixpath.normpath(posixpath.join(self.context, name)) if self.context else None

    @property
    def target(self) -> str:
        """The stage of it that is built; empty for the last one."""
        return self._of_build("target")

    def mounted(self) -> Iterator[str]:
        """Yield what it mounts of the host, relative to the checkout; what is absolute stays so."""
        for mount in self._list("volumes"):
            source = mount.get("source") if isinstance(mount, Mapping) else str(mount).split(":")[0]
            # A name without a slash is a volume.
            if source and (str(source).startswith(".") or "/" in str(source)):
                yield self._path(str(source))

    def env_files(self) -> Iterator[str]:
        """Yield the files that its environment comes from, relative to the checkout."""
        named = self._document.get("env_file")
        for it in named if isinstance(named, list) else [named]:
            name = it.get("path") if isinstance(it, Mapping) else it
            if name:
                yield self._path(_without_variables(name))

    def _list(self, key: str) -> list[Any]:
        """Return a list of the file's; compose says what is wrong with anything else."""
        found = self._document.get(key)
        return found if isinstance(found, list) else []

    def _of_build(self, key: str) -> str:
        build = self._document.get("build")
        return _without_variables(build.get(key, "")) if isinstance(build, Mapping) else ""

    def _path(self, name: str) -> str:
        return posixpath.normpath(posixpath.join(self._directory, name))


def compose_file(root: Path) -> str | None:
    """Return the first of `FILES` that is there, else the only one deeper that runs the gateway."""
    near = next((name for name in FILES if (root / name).is_file()), None)
    return near or _deeper(root)


def _deeper(root: Path) -> str | None:
    """Return the compose file of the gateway in a checkout of several applications."""
    names = {posixpath.basename(name) for name in FILES}
    paths = [it.as_posix() for it in tracked.files(root) if it.name in names]
    services = ((name, gateway_service(root, name)) for name in paths)
    found = [name for name, service in services if service and service.publishes_gateway]
    return found[0] if len(found) == 1 else None


def files_of(root: Path, file: str) -> list[str]:
    """Return the compose file, and the override beside it that compose adds by itself.

    It does so for a file of a default name only, such as compose.yaml.
    """
    stem = posixpath.splitext(posixpath.basename(file))[0]
    beside = [posixpath.join(posixpath.dirname(file), it) for it in _OVERRIDES]
    there = [it for it in beside if (root / it).is_file()] if stem in _STEMS else []
    return [file, *there[:1]]


def gateway_service(root: Path, file: str) -> Service | None:
    """Return the service that runs the gateway: the one that publishes its port, or the only one.

    A file that cannot be read has none; compose says why when it is asked.
    """
    services = _merged(root, file)
    publishing = [it for it in services if it.publishes_gateway]
    found = publishing or services
    return found[0] if len(found) == 1 else None


def service(root: Path, file: str, name: str) -> Service | None:
    """Return the service of that name; None where the file has none, or cannot be read."""
    return next((it for it in _merged(root, file) if it.name == name), None)


def _merged(root: Path, file: str) -> list[Service]:
    """Return the services of a compose file and of what compose adds to it by itself."""
    merged: dict[str, dict[str, Any]] = {}
    for path in files_of(root, file):
        for name, described in _services(root / path).items():
            _merge(merged.setdefault(name, {}), described)
    directory = posixpath.dirname(file)
    return [Service(name, it, directory) for name, it in merged.items()]


def _services(path: Path) -> dict[str, dict[str, Any]]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 -- it is a SafeLoader
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    named = document.get("services") if isinstance(document, Mapping) else None
    found = named.items() if isinstance(named, Mapping) else ()
    return {str(name): it if isinstance(it, dict) else {} for name, it in found}


def _merge(service: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Do as compose does with what is read here: lists grow, tables too, the rest is replaced."""
    for key, value in more.items():
        before = service.get(key)
        if isinstance(before, list) and isinstance(value, list):
            service[key] = [*before, *value]
        elif isinstance(before, dict) and isinstance(value, dict):
            service[key] = {**before, **value}
        else:
            service[key] = value


def _inner(port: object) -> str:
    """Return the container's side of a published port."""
    if isinstance(port, Mapping):
        return _without_variables(port.get("target", ""))
    return _without_variables(port).rpartition(":")[2].partition("/")[0]


def _without_variables(value: object) -> str:
    """Put in what each variable is by default."""
    return _VARIABLE.sub(r"\1", str(value))
