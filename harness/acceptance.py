"""Where the checks of the criteria are, and where what they found out is kept."""

from pathlib import Path

import harness
from harness.errors import ConfigError
from harness.project import Project

__all__ = ["CRITERIA", "checks_of", "evidence_of", "local_criteria", "local_of"]

CRITERIA = "criteria.toml"
_DIRECTORY, _LOCAL = "acceptance", "local"


def checks_of() -> Path:
    """Return the directory of the checks, which lies beside the harness's own sources.

    Raises:
        ConfigError: The harness was installed without them.
    """
    directory = Path(harness.__file__).resolve().parents[1] / _DIRECTORY
    if not (directory / CRITERIA).is_file():
        raise ConfigError(
            f"{directory}: the checks are not there",
            "install the harness from a checkout of its own, as `make dev` does",
        )
    return directory


def local_of(project: Project) -> Path:
    """Return the directory of a project's own criteria and checks."""
    return project.root / _DIRECTORY / _LOCAL


def local_criteria(project: Project) -> list[Path]:
    """Return the files of a project's own criteria."""
    return sorted(local_of(project).glob("*.toml"))


def evidence_of(project: Project) -> Path:
    """Return the directory of a checkout's evidence; it is made by the first run."""
    return project.root / ".harness" / "evidence"
