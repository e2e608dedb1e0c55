"""`harness restart`: have the layer loaded again."""

import asyncio
from typing import Any

from typer import Exit

from harness import envfile
from harness.console import log
from harness.errors import ExitStatus
from harness.fixtures.running import running_stack
from harness.health import SILENT
from harness.live import lines
from harness.live.client import NoEventsError
from harness.live.events import Broken, Live, Restored
from harness.live.layout import flow
from harness.live.messages import Told
from harness.live.restart import load_again, start_again
from harness.live.target import StackTarget, Target
from harness.options import AsJson, ProjectDir
from harness.project import Project
from harness.remote.attached import linked

__all__ = ["restart", "say"]


def restart(*, project: ProjectDir = None, json: AsJson = False) -> None:
    """Load the layer again though nothing changed, and say when it serves; 1 if it is broken.

    One that does not answer yet is waited for. Its exit status is 1 too if nothing runs.
    """
    log.json_mode = json
    with running_stack(Project.find(project)) as stack:
        envfile.read(stack.project.root)  # what it holds is not printed
        with linked(stack):
            ended = _restart(StackTarget(stack))
    log.emit(ended)
    say(ended)


def _restart(target: Target) -> dict[str, Any]:
    try:
        return asyncio.run(load_again(target, _say_silent))
    except NoEventsError:
        log.note("entr takes no orders: starting the whole container again")
        return asyncio.run(start_again(target))


def _say_silent() -> None:
    log.note(f"the layer {SILENT}; waiting for it")


def say(ended: dict[str, Any]) -> None:
    """Print how a load ended as the live view does; leave with status 1 if it is broken."""
    match Told(ended).event:
        case Live() as event:
            log.show(flow(lines.live(event), log.width))
        case Restored() as event:
            log.show(flow(lines.restored(event), log.width))
        case Broken() as event:
            log.show(flow(lines.broken(event), log.width))
            raise Exit(ExitStatus.FAILED)
