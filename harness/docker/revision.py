"""Which commit an image is built from."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness import process
from harness.errors import ToolError

__all__ = ["REVISION_LABEL", "Revision"]

REVISION_LABEL = "org.opencontainers.image.revision"
"""The label with an image's commit, one of OCI's annotations."""


@dataclass(frozen=True)
class Revision:
    """A checkout's commit.

    Attributes:
        commit: Its hash, with `-dirty` behind it if files that git knows were changed; `unknown`
            where the directory is under no version control.
        time: When it was made, seconds since 1970.
    """

    commit: str = "unknown"
    time: int = 0

    @classmethod
    def of(cls, root: Path) -> "Revision":
        """Return the commit that a checkout is at."""
        try:
            head = _git(root, "log", "--max-count=1", "--format=%H %ct").split()
            dirty = _git(root, "status", "--porcelain", "--untracked-files=no")
        except ToolError:
            return cls()
        return cls(head[0] + ("-dirty" if dirty else ""), int(head[1])) if head else cls()

    @property
    def created(self) -> str:
        """The commit's time as RFC 3339 writes it, in UTC."""
        return datetime.fromtimestamp(self.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def build_args(self) -> dict[str, str]:
        """The build arguments that carry it into an image, the same for every build of it."""
        return {"IMAGE_REVISION": self.commit, "IMAGE_CREATED": self.created}


def _git(root: Path, *words: str) -> str:
    return process.run(["git", "-C", root, *words], what=f"git {words[0]}").stdout.strip()
