"""Which run of which workflow this is, as GitHub tells each job by its environment."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.console import log
from harness.errors import ConfigError

__all__ = ["Here"]

_NEEDED = ("GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_TOKEN")


@dataclass(frozen=True)
class Here:
    """The run that a command belongs to.

    Attributes:
        api: GitHub's API.
        repository: Its owner and name, with a slash between.
        commit: The commit that it is about; for a pull request its last one, not the merge.
        pull_request: The pull request that it is about; None where the event tells of none.
        url: The page of the run; empty outside of one.
        token: What the API is asked with.
    """

    api: str
    repository: str
    commit: str
    pull_request: int | None
    url: str
    token: str

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "Here":
        """Read the variables that GitHub sets for each step, and GITHUB_TOKEN.

        Raises:
            ConfigError: One that is needed is not set, or the event cannot be read.
        """
        missing = [name for name in _NEEDED if not environment.get(name)]
        if missing:
            raise ConfigError(
                f"{', '.join(missing)} not set",
                "run it in a job on GitHub, with GITHUB_TOKEN in the step's env",
            )
        log.protect(environment["GITHUB_TOKEN"])
        pull_request = _event(environment).get("pull_request") or {}
        return cls(
            api=environment.get("GITHUB_API_URL") or "https://api.github.com",
            repository=environment["GITHUB_REPOSITORY"],
            commit=pull_request.get("head", {}).get("sha") or environment["GITHUB_SHA"],
            pull_request=pull_request.get("number"),
            url=_page(environment),
            token=environment["GITHUB_TOKEN"],
        )


def _event(environment: Mapping[str, str]) -> dict[str, Any]:
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"GITHUB_EVENT_PATH: {path} cannot be read", "leave it unset") from error
    return event if isinstance(event, dict) else {}


def _page(environment: Mapping[str, str]) -> str:
    run = environment.get("GITHUB_RUN_ID")
    server = environment.get("GITHUB_SERVER_URL") or "https://github.com"
    return f"{server}/{environment['GITHUB_REPOSITORY']}/actions/runs/{run}" if run else ""
