"""`harness down`: stop the environment, keep its state."""

import shlex
from pathlib import Path

from harness import last_engine
from harness.console import log
from harness.docker.gone import left_of, where_it_was
from harness.docker.stack import compose_of
from harness.fixtures.engine import engine
from harness.options import AsJson, ProjectDir
from harness.project import Project

__all__ = ["down"]


def down(*, project: ProjectDir = None, json: AsJson = False) -> None:
    """Stop the environment; WAL, .beads, .ckindex and the gateway's sessions stay.

    With --project DIR also that of a checkout whose directory is gone.
    """
    log.json_mode = json
    gone = where_it_was(project)
    if gone:
        _stop_gone(gone)
        return
    checkout = Project.find(project)
    with engine(start=False) as docker_engine:
        compose_of(checkout, docker_engine).stop()
        last_engine.forget(checkout, docker_engine)
    log.emit({"stopped": str(checkout.root)})
    log.say("stopped; state is kept (`make dev-clean` removes it)")


def _stop_gone(root: Path) -> None:
    with engine(start=False) as docker_engine:
        for compose in left_of(root, docker_engine):
            compose.stop()
    log.emit({"stopped": str(root)})
    removes = f"harness clean --project {shlex.quote(str(root))}"
    log.say(f"stopped; state is kept (`{removes}` removes it)")
