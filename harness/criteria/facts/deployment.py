"""The memory that the deployment asks for, from wrangler's configuration."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from harness.criteria.facts.model import Facts
from harness.discovery.find import wrangler_files
from harness.project import Project

__all__ = ["ContainerRequest", "DeploymentFacts", "memory_of", "observe", "parse_jsonc", "parsed"]

_MIB = 2**20

# Cloudflare's instance types and their memory in MiB, from its documentation.
_INSTANCE_TYPES = {
    "lite": 256,
    "dev": 256,
    "basic": 1024,
    "standard": 4096,
    "standard-1": 4096,
    "standard-2": 6144,
    "standard-3": 8192,
    "standard-4": 12288,
}
_DEFAULT_TYPE = "lite"


class ContainerRequest(Facts):
    """A container that a deployment asks for.

    Attributes:
        environment: wrangler's environment; empty for the one at the top.
        instance_type: The type's name, or "custom".
        memory: Bytes; None for a type that is not known here.
    """

    environment: str
    instance_type: str
    memory: int | None


class DeploymentFacts(Facts):
    """What wrangler's configuration asks for.

    Attributes:
        files: The configuration files that were found, relative to the checkout.
        unreadable: Those that could not be parsed.
        containers: The containers that they ask for.
        bare: Environments that bind a class which has a container elsewhere, but none here:
            containers are not inherited.
    """

    files: tuple[str, ...]
    unreadable: tuple[str, ...]
    containers: tuple[ContainerRequest, ...]
    bare: tuple[str, ...] = ()


def observe(project: Project) -> DeploymentFacts:
    """Find and read wrangler's configuration."""
    found, unreadable, containers, bare = [], [], [], []
    for path in wrangler_files(project.root):
        name = path.relative_to(project.root).as_posix()
        found.append(name)
        try:
            document = parsed(path)
            containers += list(_requests(document))
            bare += list(_bare(document))
        except (OSError, ValueError, TypeError, AttributeError):
            unreadable.append(name)
    return DeploymentFacts(
        files=tuple(found),
        unreadable=tuple(unreadable),
        containers=tuple(containers),
        bare=tuple(bare),
    )


def memory_of(instance_type: str) -> int | None:
    """Return the memory of an instance type, bytes; None for one that is not known here."""
    mebibytes = _INSTANCE_TYPES.get(instance_type)
    return mebibytes and mebibytes * _MIB


def parse_jsonc(text: str) -> Any:  # noqa: ANN401 -- whatever JSON holds
    """Read JSON with comments and trailing commas.

    Raises:
        ValueError: It is neither.
    """
    string = r'"(?:\\.|[^"\\])*"'
    without_comments = re.sub(rf"({string})|//[^\n]*|/\*.*?\*/", r"\1", text, flags=re.DOTALL)
    plain = re.sub(rf"({string})|,(?=\s*[}}\]])", r"\1", without_comments, flags=re.DOTALL)
    return json.loads(plain)


def parsed(path: Path) -> dict[str, Any]:
    """Return what a file of wrangler's configuration says.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no table of its format.
    """
    text = path.read_text(encoding="utf-8")
    document = tomllib.loads(text) if path.suffix == ".toml" else parse_jsonc(text)
    if not isinstance(document, dict):
        raise ValueError("no table at the top")  # noqa: TRY004 -- the file is wrong, and no caller
    return document


def _environments(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"": document, **document.get("env", {})}


def _bare(document: dict[str, Any]) -> Iterator[str]:
    environments = _environments(document)
    contained = {
        it.get("class_name") for own in environments.values() for it in own.get("containers", [])
    }
    for name, own in environments.items():
        bindings = own.get("durable_objects", {}).get("bindings", [])
        bound = {it.get("class_name") for it in bindings}
        if bound & contained and not own.get("containers"):
            yield name or "the environment at the top"


def _requests(document: dict[str, Any]) -> Iterable[ContainerRequest]:
    for name, settings in _environments(document).items():
        for container in settings.get("containers", []):
            yield _request(name, container.get("instance_type", _DEFAULT_TYPE))


def _request(environment: str, wanted: str | dict[str, Any]) -> ContainerRequest:
    if isinstance(wanted, dict):
        mebibytes = wanted.get("memory_mib")
        memory, name = int(mebibytes) * _MIB if mebibytes else None, "custom"
    else:
        memory, name = memory_of(wanted), wanted
    return ContainerRequest(environment=environment, instance_type=name, memory=memory)
