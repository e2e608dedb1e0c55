"""`harness down`: stop the environment, keep its state."""

from harness import last_engine
from harness.console import log
from harness.docker.stack import compose_of
from harness.fixtures.engine import engine
from harness.options import AsJson, ProjectDir
from harness.project import Project

__all__ = ["down"]


def down(*, project: ProjectDir = None, json: AsJson = False) -> None:
    """Stop the environment; WAL, .beads, .ckindex and the gateway's sessions stay."""
    log.json_mode = json
    checkout = Project.find(project)
    with engine(start=False) as docker_engine:
        compose_of(checkout, docker_engine).stop()
        last_engine.forget(checkout, docker_engine)
    log.emit({"stopped": str(checkout.root)})
    log.say("stopped; state is kept (`make dev-clean` removes it)")
