"""`harness status`: what runs, where, and how it is."""

import shlex
import socket
from collections.abc import Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from harness import names
from harness.console import log
from harness.docker.memory import ran_out_of_memory
from harness.docker.stack import Stack
from harness.engine.model import Engine
from harness.errors import ConfigError, StackError, UsageError
from harness.fixtures.engine import engine
from harness.fixtures.running import engine_of, running_stack, why_not_running
from harness.fixtures.sweep import is_left_over
from harness.health import SILENT, error_of, instead, is_silent
from harness.options import AsJson, ProjectDir
from harness.project import Project
from harness.remote.attached import is_attached, is_elsewhere

__all__ = ["all_stacks", "status"]

_REACH = {
    True: "an engine elsewhere: `harness dev` is attached, copies saves and leads the ports",
    False: "an engine elsewhere: nobody is attached; `make dev` copies saves and leads the ports",
}

_SWEPT = "the next `make dev` or `harness accept` removes what is left of it"

_NOTHING = StackError("nothing is running", "start it with `make dev`")

Everything = Annotated[bool, Option("--all", help="Every checkout's stack on this engine.")]
Token = Annotated[bool, Option("--token", help="Print the gateway's token and nothing else.")]


def status(
    *,
    project: ProjectDir = None,
    everything: Everything = False,
    token: Token = False,
    json: AsJson = False,
) -> None:
    """Show this checkout's stack, or every checkout's, and what is broken.

    Its exit status is 0 also where nothing runs or something is broken: `stacks`,
    and `serves` and `error` of each, are in --json.
    """
    log.json_mode = json
    if token and everything:
        raise UsageError("--token is of one checkout", "leave out --all, or use --project DIR")
    if everything:
        with engine(start=False) as docker_engine:
            _tell([_row(stack) for stack in all_stacks(docker_engine)])
    elif token:
        with running_stack(Project.find(project)) as stack:
            log.reveal(stack.token)
    else:
        _tell_of(Project.find(project))


def _tell_of(checkout: Project) -> None:
    with engine_of(checkout) as docker_engine:
        stack = Stack.find(checkout, docker_engine)
        if stack:
            _tell([_row(stack)])
        else:
            _tell([], why_not_running(checkout, docker_engine))


def _tell(rows: list[dict[str, Any]], nothing: StackError = _NOTHING) -> None:
    log.emit({"stacks": rows} if rows else {"stacks": rows, "why": str(nothing)})
    if not rows:
        log.say(str(nothing))
    _print(rows)


def all_stacks(docker_engine: Engine) -> Iterator[Stack]:
    """Yield every checkout's; what is wrong with one of them is said, and hides no other."""
    client = docker_engine.client
    labelled = client.containers.list(filters={"label": names.CHECKOUT}, ignore_removed=True)
    of = {container.labels[names.CHECKOUT]: container for container in labelled}
    for root, container in sorted(of.items(), key=itemgetter(0)):
        if _is_gone(root, container.labels):
            continue
        try:
            found = Stack.find(Project(Path(root)), docker_engine)
        except ConfigError as error:
            log.warn(str(error))
            continue
        if found:
            yield found


def _is_gone(root: str, labels: Mapping[str, str]) -> bool:
    """Whether there is no checkout here that a container is of; whose it is, is said then."""
    host = labels.get(names.HOST, socket.gethostname())
    if is_left_over(labels):
        log.note(f"{root} is of a run that was killed; {_SWEPT}")
    elif Path(root).is_dir():
        return False
    elif host != socket.gethostname():
        log.note(f"{root} is on another machine, {host}")
    else:
        removes = f"`harness clean --project {shlex.quote(root)}` removes it with its volumes"
        log.warn(f"{root} is gone, and its container goes on; {removes}")
    return True


def _row(stack: Stack) -> dict[str, Any]:
    there = is_elsewhere(stack)
    health = stack.health() or (stack.health_inside() if there else None) or {}
    return {
        "checkout": str(stack.project.root),
        "status": health.get("status", "no answer"),
        "generation": health.get("generation"),
        "serves": bool(health.get("ok")),
        "error": error_of(health),
        "silent": is_silent(health),
        "health": f"{stack.health_url}/health",
        "gateway": stack.gateway_url,
        "inspector": f"127.0.0.1:{stack.inspector}" if stack.inspector else None,
        "restarts": stack.container.attrs["RestartCount"],
        "out_of_memory": ran_out_of_memory(stack),
        "elsewhere": there,
        "attached": is_attached(stack) if there else None,
    }


def _instead(row: dict[str, Any]) -> str:
    """A gateway that ended is started again; what is broken waits for a save."""
    return f"; {instead(serves=row['serves'])}" if row["status"] == "broken" else ""


def _load(row: dict[str, Any]) -> str:
    meanwhile = f"; {instead(serves=True)}" if row["serves"] else ""
    return f"the newest save {SILENT}{meanwhile}"


def _print(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        log.say(f"{row['checkout']}: {row['status']}")
        if row["silent"]:
            log.say(f"  load     {_load(row)}")
        if row["error"]:
            log.say(f"  why      {row['error']}{_instead(row)}")
        log.say(f"  gateway  {row['gateway']}")
        log.say(f"  health   {row['health']}")
        if row["inspector"]:
            log.say(f"  debugger {row['inspector']}")
        if row["elsewhere"]:
            log.say(f"  reach    {_REACH[row['attached']]}")
        if row["out_of_memory"]:
            log.warn(
                "something in the container was killed for memory at its limit; `harness logs` "
                "shows what was started again"
            )
