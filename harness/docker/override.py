"""The compose override that makes any checkout's stack the harness's own.

It gives the stack its labels, ports, image and user, whatever the checkout's compose file says of
them, so that stacks of several checkouts and runs live side by side. It also tells the reloader in
the container what harness.toml says counts as code. On an engine elsewhere, volumes take the place
of the checkout's directories, and no port is published there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from harness import names
from harness.choices import chosen
from harness.docker.elsewhere import Elsewhere
from harness.engine.reach import HERE, Reach
from harness.errors import StackError
from harness.ports import PortPair
from harness.project import Project

__all__ = ["Settings", "check_service", "render"]

HEALTH_PORT = 3000
GATEWAY_PORT = 18789
INSPECTOR_PORT = 9229


@dataclass(frozen=True)
class Settings:
    """What is decided for one stack.

    Attributes:
        kind: `dev` or `acceptance`.
        image: The development image to run.
        user: `uid:gid` to run as.
        ports: The ports on 127.0.0.1.
        inspector: The one for a debugger, if there is to be one.
        fingerprint: What the stack was made from.
        reach: How near the engine is.
    """

    kind: str
    image: str
    user: str
    ports: PortPair
    fingerprint: str
    reach: Reach = HERE
    inspector: int | None = None


class _Override(list[Any]):
    """A list that replaces the compose file's instead of being appended to it."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Override, lambda dumper, value: dumper.represent_sequence("!override", list(value))
)


def render(project: Project, model: Mapping[str, Any], settings: Settings) -> str:
    """Return the override as YAML.

    Args:
        project: The checkout.
        model: Its compose model, as compose resolves it without the override.
        settings: What is decided for this stack.

    Raises:
        StackError: The model has no service of the configured name, or mounts what cannot be had
            on that engine.
    """
    check_service(project, model)
    labels = _labels(project, settings)
    service = project.config.compose.service
    described = model["services"][service]
    there = Elsewhere.of(project, described, _published(settings), settings.reach)
    volumes = [*_own(model, "volumes"), *there.names]
    override = {
        "services": {service: _service(project, settings, labels, there)},
        "volumes": {name: {"labels": labels} for name in volumes},
        "networks": {name: {"labels": labels} for name in _own(model, "networks")},
    }
    return yaml.dump(override, Dumper=_Dumper, sort_keys=False)


def _own(model: Mapping[str, Any], kind: str) -> list[str]:
    """Name what compose makes: what is there already is somebody else's, and takes no labels."""
    described = model.get(kind) or {}
    return [name for name, it in described.items() if not (it or {}).get("external")]


def check_service(project: Project, model: Mapping[str, Any]) -> None:
    """Make sure that there is a service of the configured name.

    Raises:
        StackError: There is none; the message names those that there are.
    """
    service = project.config.compose.service
    if service not in model["services"]:
        found = ", ".join(sorted(model["services"])) or "none"
        raise StackError(
            f"{project.config.compose.file}: no service {service!r} (there is {found})",
            "name it in harness.toml as compose.service",
        )


def _published(settings: Settings) -> list[str]:
    pairs = [(settings.ports.health, HEALTH_PORT), (settings.ports.gateway, GATEWAY_PORT)]
    pairs += [(settings.inspector, INSPECTOR_PORT)] if settings.inspector else []
    return [f"127.0.0.1:{here}:{there}" for here, there in pairs]


def _service(
    project: Project, settings: Settings, labels: dict[str, str], there: Elsewhere
) -> dict[str, Any]:
    volumes = {} if there.volumes is None else {"volumes": _Override(there.volumes)}
    told = {name: _literal(value) for name, value in there.labels.items()}
    return {
        "image": settings.image,
        "user": settings.user,
        "environment": _environment(project),
        "ports": _Override(there.ports),
        **volumes,
        "labels": {**labels, **told, names.FINGERPRINT: settings.fingerprint},
    }


def _environment(project: Project) -> dict[str, str]:
    watch = project.config.watch
    told = {
        "LOA_WATCH_INCLUDE": json.dumps(watch.include),
        "LOA_WATCH_EXCLUDE": json.dumps(watch.exclude),
        **chosen(),
    }
    return {name: _literal(value) for name, value in told.items()}


def _literal(text: str) -> str:
    # compose would take a single one for a variable.
    return text.replace("$", "$$")


def _labels(project: Project, settings: Settings) -> dict[str, str]:
    # Labels of a volume must never change: newer compose offers to make it anew, without its data.
    labels = {names.CHECKOUT: str(project.root), names.KIND: settings.kind}
    if settings.kind == "acceptance":
        labels |= names.of_run()
    return labels
