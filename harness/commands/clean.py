"""`harness clean`: stop the environment and remove its state."""

from pathlib import Path

from harness import last_engine
from harness.console import log
from harness.docker.gone import left_of, where_it_was
from harness.docker.stack import compose_of
from harness.docker.volumes import remove_volumes
from harness.fixtures.copy import let_go
from harness.fixtures.engine import engine
from harness.options import AsJson, ProjectDir
from harness.project import Project

__all__ = ["clean"]


def clean(*, project: ProjectDir = None, json: AsJson = False) -> None:
    """Stop the environment and remove its volumes: WAL, .beads, .ckindex, sessions.

    With --project DIR also those of a checkout whose directory is gone.
    """
    log.json_mode = json
    gone = where_it_was(project)
    removed = _clean_gone(gone) if gone else _clean(Project.find(project))
    log.emit({"removed": removed})
    log.say(f"removed {', '.join(removed)}" if removed else "there was no state to remove")


def _clean(checkout: Project) -> list[str]:
    with engine(start=False) as docker_engine:
        compose_of(checkout, docker_engine).stop()
        last_engine.forget(checkout, docker_engine)
        removed = remove_volumes(docker_engine, checkout.slug)
    let_go(checkout)
    return removed


def _clean_gone(root: Path) -> list[str]:
    removed = []
    with engine(start=False) as docker_engine:
        for compose in left_of(root, docker_engine):
            compose.stop()
            removed += remove_volumes(docker_engine, compose.project_name)
    return removed
