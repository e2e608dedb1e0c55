"""`harness dev`: bring the environment up, say where it is, and show each reload as it happens."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Annotated, Any

from docker.errors import DockerException
from typer import BadParameter, Option

from harness import envfile, on_path
from harness.console import log
from harness.docker.stack import Stack, container_of
from harness.engine.model import Engine
from harness.errors import HarnessError, LayerError
from harness.fixtures.early import refuse
from harness.fixtures.editor import install_types
from harness.fixtures.engine import engine
from harness.fixtures.stack import dev_stack
from harness.health import SILENT, error_of, instead, is_silent
from harness.live.attach import can_stay, stay, stream
from harness.live.target import StackTarget
from harness.options import ProjectDir
from harness.ports import PortPair
from harness.project import Project
from harness.remote.attached import linked

__all__ = ["dev"]

_GOES_ON = "the environment goes on; `make dev-down` stops it, `make dev` comes back to it"
_LEFT = {
    "running": _GOES_ON,
    "restarting": _GOES_ON,
    "created": (
        "the environment is made and not started; `make dev` starts it, `make dev-down` removes it"
    ),
}

Ports = Annotated[
    str | None,
    Option(
        "--ports",
        metavar="HEALTH,GATEWAY",
        help="Publish on these ports, which nobody else may have; remembered.",
    ),
]
Inspect = Annotated[
    bool,
    Option(
        "--inspect",
        help="Open a port for a debugger, the same one across reloads (LOA_INSPECT=1 does it too).",
    ),
]
Detach = Annotated[
    bool,
    Option("--detach", "-d", help="Return once it is up, as it does anyway without a terminal."),
]
Json = Annotated[
    bool,
    Option(
        "--json",
        help="Print one JSON object per event, the state first, with or without a terminal, until "
        "Ctrl-C or the end of standard input if that is a pipe; with --detach, only where it "
        "answers, and what is broken.",
    ),
]


def dev(
    *,
    project: ProjectDir = None,
    ports: Ports = None,
    inspect: Inspect = False,
    detach: Detach = False,
    json: Json = False,
) -> None:
    """Bring the development environment up, or find it up, and show each reload.

    In a terminal it stays: r loads the layer again, o opens its page, l shows the log, q leaves.
    The environment goes on; a second `harness dev` attaches to it.

    Where it does not stay, its exit status is 0 if the gateway serves. If that
    is an older save, since the newest one is broken or does not answer yet, a
    warning says so, and of one that is broken `error` of --json does. The status
    is 1 if nothing serves.
    """
    log.json_mode = json
    pair = _pair(ports)
    if inspect:
        # Like the others of `CHOICES`, it may come from the shell.
        os.environ["LOA_INSPECT"] = "1"
    checkout = Project.find(project)
    refuse(checkout)  # before npm is asked, or an engine is started
    install_types(checkout)
    with engine() as docker_engine, _telling(checkout, docker_engine):
        stays = not detach and (json or can_stay())
        stack = _bring_up(checkout, docker_engine, pair, stays=stays)
        with linked(stack):
            if stays and json:
                stream(StackTarget(stack))
                return
            health = stack.health() or {}
            _say_where(stack, health)
            if stays:
                log.say()
                stay(StackTarget(stack))
                log.say(_GOES_ON)
            else:
                _warn_if_broken(health)


@contextmanager
def _telling(checkout: Project, docker_engine: Engine) -> Iterator[None]:
    """Say what goes on if Ctrl-C comes while it starts: nobody is attached to it then."""
    try:
        yield
    except KeyboardInterrupt:
        with suppress(HarnessError, DockerException, OSError):  # to leave is all that is asked
            container = container_of(checkout, docker_engine)
            said = _LEFT.get(container.status) if container else None
            if said:
                log.note(said)
        raise


def _bring_up(
    checkout: Project, docker_engine: Engine, pair: PortPair | None, *, stays: bool
) -> Stack:
    """Bring the stack up; with a layer that does not load too, if somebody can see it mended.

    Raises:
        HarnessError: See `dev_stack`.
    """
    try:
        return dev_stack(checkout, docker_engine, pair)
    except LayerError:
        stack = Stack.find(checkout, docker_engine)
        if stack is None or not stays:
            raise
        return stack


def _pair(text: str | None) -> PortPair | None:
    if text is None:
        return None
    try:
        health, gateway = (int(word) for word in text.split(","))
    except ValueError as error:
        raise BadParameter(f"{text!r} is not HEALTH,GATEWAY, for example 3100,18900") from error
    pair = PortPair(health, gateway)
    if not pair.is_possible:
        raise BadParameter(f"{text!r} must be two different ports, from 1 to 65535")
    return pair


def _say_where(stack: Stack, health: Mapping[str, Any]) -> None:
    inspector = f"127.0.0.1:{stack.inspector}" if stack.inspector else None
    log.emit(
        {
            "health": f"{stack.health_url}/health",
            "gateway": stack.gateway_url,
            "inspector": inspector,
            "error": error_of(health),
        }
    )
    up = "is up" if health.get("ok") else "comes up as soon as its layer loads"
    log.say(f"Loa {up}: {stack.gateway_url}{stack.project.config.probe.url}")
    log.say(f"  health   {stack.health_url}/health")
    log.say(f"  gateway  {stack.gateway_url}  (its token: `harness status --token`)")
    if inspector:
        log.say(f"  debugger {inspector}  (.vscode/launch.json attaches; so does chrome://inspect)")
    log.say("  shell    make dev-shell    logs  make dev-logs    stop  make dev-down")
    if advice := on_path.advice():
        log.note(advice)
    if not _has_provider_key(stack):
        log.note(f"no API key in {envfile.FILE_NAME}: the gateway runs without a model provider")


def _warn_if_broken(health: Mapping[str, Any]) -> None:
    error, after = error_of(health), instead(serves=bool(health.get("ok")))
    if error:
        log.warn(f"the newest save does not load: {error}; {after}")
    elif is_silent(health):
        log.warn(f"the newest save {SILENT}; {after}")


def _has_provider_key(stack: Stack) -> bool:
    values = envfile.read(stack.project.root)
    return any(value for name, value in values.items() if name.endswith("_API_KEY"))
