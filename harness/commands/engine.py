"""`harness engine`: the harness's own Docker engine, for machines that have none."""

import os
import shlex
import shutil
from typing import Annotated, Any

from typer import Option, Typer

from harness import names
from harness.console import log
from harness.engine import clients, machine, packages
from harness.engine.daemon import Daemon
from harness.engine.discover import Located, find, locate
from harness.engine.ping import Address, Answer, ask, connect
from harness.fixtures.engine import engine
from harness.options import AsJson

__all__ = ["app"]

app = Typer(
    help="The harness's own Docker engine, for machines that have none.", no_args_is_help=True
)

Purge = Annotated[bool, Option("--purge", help="Also remove its images, volumes and packages.")]
Upgrade = Annotated[bool, Option("--upgrade", help="Unpack newer packages if there are any.")]


@app.command()
def up(*, upgrade: Upgrade = False, json: AsJson = False) -> None:
    """Start an engine if none answers; one that answers is left as it is."""
    log.json_mode = json
    if upgrade:
        _upgrade()
    with engine() as found:
        log.emit({"host": found.host, "origin": found.origin, "version": found.version})
        log.say(f"Docker {found.version} ({found.origin}) answers at {found.host}")
        if found.own:
            log.say('point a plain docker at it with: eval "$(harness engine env)"')


@app.command()
def status(*, json: AsJson = False) -> None:
    """Say which engine answers, and how it was found; the status is 1 if none does."""
    log.json_mode = json
    located = locate()
    log.emit(_facts(located))
    if located is None:
        raise machine.none_answers("start one with `harness engine up`")
    kind = ", rootless" if located.answer.rootless else ""
    log.say(f"Docker {located.answer.version} ({located.address.origin}{kind})")
    log.say(f"  address  {located.address.host}")
    log.say(f"  data     {located.answer.data_root}")


@app.command()
def down(*, purge: Purge = False, json: AsJson = False) -> None:
    """Stop the harness's own engine and its containers, and put the network back as it was."""
    log.json_mode = json
    running = _running()
    if running:
        log.note(f"stopping with it: {', '.join(running)}")
    with log.step("stopping the harness's engine"):
        done = Daemon.own().stop(purge=purge)
    log.emit({"containers": running, "done": done})
    log.say("; ".join(done) if done else "the harness runs no engine")


@app.command()
def env() -> None:
    """Print the variables for a plain `docker`, for `eval "$(harness engine env)"`.

    With the harness's own engine, LOA_ENGINE_SOCKET too, for `.devcontainer/`.
    """
    found = find()
    if found is None:
        raise machine.none_answers("start one with `harness engine up`")
    for name, value in found.variables.items():
        log.say(f"export {name}={shlex.quote(value)}")
    if found.own:
        # Of any other, the container's engine may know its own socket by another path than we do.
        log.say(f"export LOA_ENGINE_SOCKET={shlex.quote(found.host.removeprefix('unix://'))}")
    if shutil.which("docker") != str(found.program):
        log.say(f'export PATH={shlex.quote(str(found.program.parent))}{os.pathsep}"$PATH"')


def _upgrade() -> None:
    with log.step("looking for newer packages") as step:
        for wanted in (machine.engine_packages(), clients.PACKAGES):
            packages.unpacked(wanted, upgrade=True, progress=step.detail)
    if Daemon.own().process():
        log.note("the engine goes on with what it runs; `harness engine down` and `up` change that")


def _facts(located: Located | None) -> dict[str, Any]:
    if located is None:
        return {"running": False}
    answer = located.answer
    return {
        "running": True,
        "host": located.address.host,
        "origin": located.address.origin,
        "version": answer.version,
        "rootless": answer.rootless,
        "own": located.own,
        "data": answer.data_root,
    }


def _running() -> list[str]:
    """Name the containers on the harness's own engine, with the checkout that they belong to."""
    address = Address(Daemon.own().host, "started by the harness")
    if not isinstance(ask(address), Answer):
        return []
    client = connect(address.variables, timeout=10)
    try:
        found = client.containers.list(ignore_removed=True)
    finally:
        client.close()
    owners = ((it.name, it.labels.get(names.CHECKOUT)) for it in found)
    return [f"{name} (of {owner})" if owner else str(name) for name, owner in owners]
