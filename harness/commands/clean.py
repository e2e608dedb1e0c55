"""`harness clean`: stop the environment and remove its state."""

from harness import last_engine
from harness.console import log
from harness.docker.stack import compose_of
from harness.docker.volumes import remove_volumes
from harness.fixtures.copy import let_go
from harness.fixtures.engine import engine
from harness.options import AsJson, ProjectDir
from harness.project import Project

__all__ = ["clean"]


def clean(*, project: ProjectDir = None, json: AsJson = False) -> None:
    """Stop the environment and remove its volumes: WAL, .beads, .ckindex, sessions."""
    log.json_mode = json
    checkout = Project.find(project)
    with engine(start=False) as docker_engine:
        compose_of(checkout, docker_engine).stop()
        last_engine.forget(checkout, docker_engine)
        removed = remove_volumes(docker_engine, checkout.slug)
    let_go(checkout)
    log.emit({"removed": removed})
    log.say(f"removed {', '.join(removed)}" if removed else "there was no state to remove")
