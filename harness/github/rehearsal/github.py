"""The GitHub on loopback, up and answering."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from harness.github.rehearsal.app import application
from harness.github.rehearsal.state import State
from harness.loopback import serving

__all__ = ["Stage", "github"]

_TOKEN = "ghs_rehearsed-token-of-one-job"  # noqa: S105 -- opens nothing but this server


@dataclass(frozen=True)
class Stage:
    """A repository on the stand-in.

    Attributes:
        url: Its API.
        repository: Owner and name.
        state: What it knows and was asked.
    """

    url: str
    repository: str
    state: State

    def environment(self, commit: str, run: int = 1) -> Mapping[str, str]:
        """Return what GitHub would set for a step that is about a commit."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_RUN_ID": str(run),
            "GITHUB_SERVER_URL": self.url,
            "GITHUB_SHA": commit,
            "GITHUB_TOKEN": self.state.token,
        }


@contextmanager
def github(commits: Mapping[str, list[int]], repository: str = "octo/app") -> Iterator[Stage]:
    """Serve one repository.

    Args:
        commits: Its commits, each with the pull requests that hold it.
        repository: Owner and name.
    """
    state = State(_TOKEN, dict(commits))
    with serving(application(state, repository)) as url:
        yield Stage(url, repository, state)
