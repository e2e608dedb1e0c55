"""On which engine a checkout's environment was last started: another one knows nothing of it."""

import json
from contextlib import suppress

from harness.engine.model import Engine
from harness.errors import ConfigError
from harness.project import Project

__all__ = ["forget", "recall", "remember"]

_RECORD = "engine.json"


def remember(project: Project, engine: Engine) -> None:
    """Keep where the environment was started.

    Raises:
        ConfigError: The checkout cannot be written to.
    """
    text = json.dumps({"host": engine.host, "origin": engine.origin})
    (project.state_dir / _RECORD).write_text(text + "\n", encoding="utf-8")


def recall(project: Project) -> tuple[str, str] | None:
    """Return that engine's address and how it was found; None if nothing was started."""
    with suppress(OSError, ValueError, TypeError, KeyError, ConfigError):
        kept = json.loads((project.state_dir / _RECORD).read_text(encoding="utf-8"))
        return str(kept["host"]), str(kept["origin"])
    return None


def forget(project: Project, engine: Engine) -> None:
    """Have nothing be known of an environment that was stopped on that engine.

    Raises:
        ConfigError: The checkout cannot be written to.
    """
    last = recall(project)
    if last and last[0] == engine.host:
        (project.state_dir / _RECORD).unlink(missing_ok=True)
