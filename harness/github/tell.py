"""Say how a run ended: on the commit, on its pull request, in the job's summary."""

import os
from pathlib import Path
from typing import Any

import stamina

from harness.github.api import GitHubError, Repository
from harness.github.here import Here
from harness.github.outcome import State

__all__ = ["append_summary", "comment", "pull_requests", "status"]

_BOT = "github-actions[bot]"


def status(  # noqa: PLR0913 -- one for each field of a status
    repository: Repository, commit: str, state: State, *, context: str, description: str, url: str
) -> None:
    """Set the commit's status; GitHub shows the last one of a context.

    Raises:
        GitHubError: GitHub refused it, or could not be asked.
    """
    body = {"state": state.value, "context": context, "description": description}
    body |= {"target_url": url} if url else {}
    repository.send("POST", f"statuses/{commit}", json=body)


def pull_requests(repository: Repository, here: Here) -> list[int]:
    """Return the pull request of the event, or those that brought or would bring the commit.

    Raises:
        GitHubError: GitHub refused, or could not be asked.
    """
    if here.pull_request is not None:
        return [here.pull_request]
    return [int(it["number"]) for it in repository.pages(f"commits/{here.commit}/pulls")]


@stamina.retry(on=GitHubError, attempts=3, wait_initial=0.2)
def comment(repository: Repository, number: int, context: str, text: str) -> None:
    """Write a comment, or write the one of this context anew.

    Raises:
        GitHubError: GitHub refused it, or could not be asked.
    """
    mark = f"<!-- harness: {context} -->"
    body = {"body": f"{mark}\n{text}"}
    for it in repository.pages(f"issues/{number}/comments"):
        if _is_ours(it, mark):
            repository.send("PATCH", f"issues/comments/{it['id']}", json=body)
            return
    # An answer that was lost may stand for a comment that is there: it is looked for again.
    repository.send("POST", f"issues/{number}/comments", json=body, attempts=1)


def _is_ours(found: dict[str, Any], mark: str) -> bool:
    # Anybody can write the mark, but not in the workflow's name. Who is gone has none.
    author = found.get("user") or {}
    return author.get("login") == _BOT and str(found.get("body")).startswith(mark)


def append_summary(text: str) -> bool:
    """Append Markdown to the job's summary, if there is one; say whether there was."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return False
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")
    return True
