"""Evidence that runs on GitHub left: what the gate may believe of it, fetched."""

import io
import lzma
import zipfile
import zlib
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from pydantic import BaseModel, ConfigDict

from harness.console import log
from harness.criteria.evidence import Evidence
from harness.errors import ConfigError
from harness.github.api import GitHubError, Repository

__all__ = ["BRANCH", "NAME", "fetch"]

NAME = "evidence"
"""What the workflows call the artifact."""

BRANCH = "main"
"""The branch whose runs are believed: what a pull request uploads is its author's word."""

# A byte that is another reads as another method, name, length or flag too.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)


class _Run(BaseModel):
    """The run that left an artifact; its repository may have been a fork that is gone."""

    repository_id: int | None = None
    head_repository_id: int | None = None
    head_branch: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether it ran on this repository's own main branch."""
        own = self.repository_id is not None and self.repository_id == self.head_repository_id
        return own and self.head_branch == BRANCH


class _Artifact(BaseModel):
    """An artifact, as the API describes it; its run may have been deleted."""

    model_config = ConfigDict(extra="ignore")

    id: int
    expired: bool
    created_at: datetime | None = None
    workflow_run: _Run | None = None

    def is_trusted(self, since: datetime) -> bool:
        """Whether a run of this repository's own main branch left it, and not too long ago."""
        own = self.workflow_run is not None and self.workflow_run.is_own
        recent = self.created_at is not None and self.created_at >= since
        return own and recent and not self.expired


def fetch(repository: Repository, into: Path, now: datetime, longest: timedelta) -> list[Path]:
    """Put the evidence that runs of the main branch left into a directory, and return its files.

    What another version of the harness wrote, and this one cannot read, is told and left out.

    Args:
        repository: Where they ran.
        into: The directory; it is made if it is not there.
        now: The present, with its zone.
        longest: How old it may be.

    Raises:
        GitHubError: GitHub refused, or could not be asked.
    """
    into.mkdir(parents=True, exist_ok=True)
    found: list[Path] = []
    for it in repository.pages(f"actions/artifacts?name={NAME}", key="artifacts"):
        artifact = _Artifact.model_validate(it)
        if artifact.is_trusted(now - longest):
            found += _unpacked(_archive(repository, artifact.id), into)
    return [path for path in dict.fromkeys(found) if _is_readable(path)]


def _archive(repository: Repository, number: int) -> bytes:
    answer = repository.send("GET", f"actions/artifacts/{number}/zip")
    if not answer.has_redirect_location:
        raise GitHubError(f"artifact {number} is nowhere to be downloaded", "run the gate again")
    # It is in a storage that is not GitHub's API: the token has no business there.
    try:
        return httpx.get(answer.headers["Location"]).raise_for_status().content
    except httpx.HTTPError as error:
        raise GitHubError(
            f"artifact {number}: {type(error).__name__}", "run the gate again"
        ) from error


def _unpacked(archive: bytes, into: Path) -> list[Path]:
    # Nothing is written before all could be read: the rest of a file would lie beside evidence.
    found = _contents(archive)
    for name, content in found.items():
        (into / name).write_bytes(content)
    return [into / name for name in found]


def _contents(archive: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as found:
            return {it: found.read(it) for it in found.namelist() if _is_evidence(it)}
    except _DAMAGED as error:
        raise GitHubError(f"an artifact came damaged: {error}", "run the gate again") from error


def _is_readable(path: Path) -> bool:
    try:
        Evidence.read(path)
    except ConfigError as error:
        log.warn(f"left out: {error}")
        path.unlink()
        return False
    return True


def _is_evidence(name: str) -> bool:
    # Artifacts of checks lie in directories beside the evidence; latest.json is a copy.
    return name.endswith(".json") and "/" not in name and name != "latest.json"
