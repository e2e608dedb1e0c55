"""What an engine still has of a development environment whose checkout is gone."""

import socket
from collections.abc import Iterator
from pathlib import Path

from harness import names
from harness.docker.compose import ComposeProject
from harness.engine.model import Engine
from harness.errors import StackError

__all__ = ["left_of", "where_it_was"]


def where_it_was(directory: Path | None) -> Path | None:
    """Return where a checkout was that is named and not there; None for one that is there."""
    return None if directory is None or directory.exists() else directory.resolve()


def left_of(root: Path, engine: Engine) -> list[ComposeProject]:
    """Return the compose projects of the environment that was `root`'s; labels tell which.

    Raises:
        StackError: There is none, or it is of a checkout on another machine.
    """
    found = list(_labels(root, engine))
    if not found:
        raise StackError(
            f"{root}: no such directory, and {engine.host} has nothing of it",
            "give a checkout with --project DIR, or set DOCKER_HOST to the engine that it was on",
        )
    here = socket.gethostname()
    elsewhere = {it.get(names.HOST, here) for it in found} - {here}
    if elsewhere:
        raise StackError(
            f"{root} is not on this machine; what {engine.host} has of it belongs to "
            f"{', '.join(sorted(elsewhere))}",
            "stop it from there",
        )
    projects = sorted({it[names.COMPOSE_PROJECT] for it in found})
    return [ComposeProject(context=root, engine=engine, project_name=it) for it in projects]


def _labels(root: Path, engine: Engine) -> Iterator[dict[str, str]]:
    client = engine.client
    # What a run of the checks left is a sweep's to take, and never that of a live process.
    label = [f"{names.CHECKOUT}={root}", f"{names.KIND}=dev"]
    containers = client.containers.list(all=True, filters={"label": label}, ignore_removed=True)
    volumes = client.volumes.list(filters={"label": label})
    networks = client.networks.list(filters={"label": label})
    for thing in (*containers, *volumes, *networks):
        yield names.labels_of(thing)
