"""What the last build of each kind of image did, kept with the checkout."""

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from harness.console import log
from harness.docker.record import BuildRecord
from harness.project import Project

__all__ = ["BuildTrace", "TracedStep", "trace_of", "traces"]

_DIRECTORY = "builds"


class TracedStep(BaseModel):
    """A step: as BuildKit calls it, how long it took in seconds, and what it printed last."""

    name: str
    cached: bool
    seconds: float
    error: str
    output: Sequence[str]


class BuildTrace(BaseModel):
    """A build, whether it succeeded or failed.

    Attributes:
        image: The name that it was to have.
        steps: Its steps, in the order in which BuildKit named them.
        said: What buildx itself had to say.
    """

    image: str
    steps: Sequence[TracedStep]
    said: Sequence[str]

    @classmethod
    def of(cls, image: str, record: BuildRecord) -> "BuildTrace":
        """Take what is known of a build so far."""
        steps = [
            TracedStep(
                name=it.name,
                cached=it.cached,
                seconds=round(it.seconds, 3),
                error=it.error,
                output=list(it.output),
            )
            for it in record.steps
        ]
        return cls(image=image, steps=steps, said=record.text)

    @classmethod
    def read(cls, project: Project, kind: str) -> "BuildTrace | None":
        """Return the trace of the last build of a kind; None where nothing was built here."""
        try:
            return cls.model_validate_json(trace_of(project, kind).read_bytes())
        except (OSError, ValidationError):
            return None

    def write(self, path: Path) -> None:
        """Keep it; what a step printed may hold anything, and is redacted.

        Where it cannot be kept, as on a full disk, that is said: how the build ended counts more.
        """
        text = json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(log.redact(text) + "\n", encoding="utf-8")
        except OSError as error:
            log.warn(f"{path}: {error.strerror}; what the build did is not kept")


def traces(project: Project) -> list[Path]:
    """Return the files of all kinds that were built for a checkout."""
    return sorted((project.state_dir / _DIRECTORY).glob("*.json"))


def trace_of(project: Project, kind: str) -> Path:
    """Return where the trace of a kind belongs."""
    return project.state_dir / _DIRECTORY / f"{kind}.json"
