"""`harness dev`: bring the environment up and say where it is."""

from typing import Annotated

from typer import BadParameter, Option

from harness import envfile
from harness.console import log
from harness.docker.stack import Stack
from harness.fixtures.editor import install_types
from harness.fixtures.engine import engine
from harness.fixtures.stack import dev_stack
from harness.options import AsJson, ProjectDir
from harness.ports import PortPair
from harness.project import Project

__all__ = ["dev"]

Ports = Annotated[
    str | None,
    Option("--ports", metavar="HEALTH,GATEWAY", help="Publish on these ports; remembered."),
]
Detach = Annotated[bool, Option("--detach", "-d", help="Return once the environment is up.")]


def dev(
    *,
    project: ProjectDir = None,
    ports: Ports = None,
    detach: Detach = False,  # noqa: ARG001 -- today every call returns; scripts may say so already
    json: AsJson = False,
) -> None:
    """Bring the development environment up, or find it up, and print where it answers."""
    log.json_mode = json
    checkout = Project.find(project)
    install_types(checkout)
    with engine() as docker_engine:
        stack = dev_stack(checkout, docker_engine, _pair(ports))
    _say_where(stack)


def _pair(text: str | None) -> PortPair | None:
    if text is None:
        return None
    try:
        health, gateway = (int(word) for word in text.split(","))
    except ValueError as error:
        raise BadParameter(f"{text!r} is not HEALTH,GATEWAY, for example 3100,18900") from error
    return PortPair(health, gateway)


def _say_where(stack: Stack) -> None:
    log.emit({"health": f"{stack.health_url}/health", "gateway": stack.gateway_url})
    log.say(f"Loa is up: {stack.gateway_url}{stack.project.config.probe.url}")
    log.say(f"  health   {stack.health_url}/health")
    log.say(f"  gateway  {stack.gateway_url}  (its token: `harness status --token`)")
    log.say("  shell    make dev-shell    logs  make dev-logs    stop  make dev-down")
    if not _has_provider_key(stack):
        log.note(f"no API key in {envfile.FILE_NAME}: the gateway runs without a model provider")


def _has_provider_key(stack: Stack) -> bool:
    values = envfile.read(stack.project.root)
    return any(value for name, value in values.items() if name.endswith("_API_KEY"))
