"""The compose file for development, and the service in it that runs the gateway."""

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

__all__ = ["FILES", "Service", "compose_file", "gateway_service"]

FILES = tuple(
    f"{directory}{stem}{suffix}"
    for directory in ("", "deploy/", "docker/", ".docker/")
    for stem in ("docker-compose.dev", "compose.dev", "docker-compose", "compose")
    for suffix in (".yml", ".yaml")
)
"""Where a compose file may be, those for development first."""

_GATEWAY_PORT = "18789"


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
        return any(_inner(it) == _GATEWAY_PORT for it in self._document.get("ports") or ())

    @property
    def dockerfile(self) -> str | None:
        """The Dockerfile that builds it, relative to the checkout; None where nothing is built."""
        build = self._document.get("build")
        if not build:
            return None
        context, name = build, "Dockerfile"
        if isinstance(build, Mapping):
            context, name = build.get("context", "."), build.get("dockerfile", name)
        return posixpath.normpath(posixpath.join(self._directory, str(context), str(name)))

    def mounted(self) -> Iterator[str]:
        """Yield the directories of the checkout that it mounts, relative to it."""
        for mount in self._document.get("volumes") or ():
            source = mount.get("source") if isinstance(mount, Mapping) else mount.split(":")[0]
            # A name without a slash is a volume.
            if source and (str(source).startswith(".") or "/" in str(source)):
                yield posixpath.normpath(posixpath.join(self._directory, str(source)))


def compose_file(root: Path) -> str | None:
    """Return the first of `FILES` that is there."""
    return next((name for name in FILES if (root / name).is_file()), None)


def gateway_service(root: Path, file: str) -> Service | None:
    """Return the service that runs the gateway: the one that publishes its port, or the only one.

    A file that cannot be read has none; compose says why when it is asked.
    """
    try:
        document = yaml.load((root / file).read_text(encoding="utf-8"), _Loader)  # noqa: S506 -- it is a SafeLoader
    except (OSError, ValueError, yaml.YAMLError):
        return None
    named = document.get("services") if isinstance(document, Mapping) else None
    if not isinstance(named, Mapping):
        return None
    directory = posixpath.dirname(file)
    services = [Service(name, it or {}, directory) for name, it in named.items()]
    publishing = [it for it in services if it.publishes_gateway]
    found = publishing or services
    return found[0] if len(found) == 1 else None


def _inner(port: object) -> str:
    """Return the container's side of a published port."""
    if isinstance(port, Mapping):
        return str(port.get("target", ""))
    return str(port).rpartition(":")[2].partition("/")[0]
