"""The named volumes of a compose project."""

from harness import names
from harness.engine.model import Engine

__all__ = ["remove_volumes", "volume_names"]


def volume_names(engine: Engine, project_name: str) -> list[str]:
    """Return the names of the project's volumes, whatever its compose file says today."""
    label = f"{names.COMPOSE_PROJECT}={project_name}"
    return sorted(str(it.name) for it in engine.client.volumes.list(filters={"label": label}))


def remove_volumes(engine: Engine, project_name: str) -> list[str]:
    """Remove the project's volumes and return their names."""
    removed = volume_names(engine, project_name)
    for name in removed:
        engine.client.volumes.get(name).remove(force=True)
    return removed
