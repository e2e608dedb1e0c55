"""GitHub's API for one repository: asked again when it stumbles, and never in the clear."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import stamina

from harness.errors import ConfigError, HarnessError
from harness.github.here import Here

__all__ = ["GitHubError", "Repository", "repository"]

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PASSING = frozenset({429, 500, 502, 503, 504})
_ATTEMPTS = 5
_PATIENCE = 25.0
_WAIT = 0.2
_ONE_ANSWER = 10.0


class GitHubError(HarnessError):
    """GitHub's API refused, or could not be reached.

    Args:
        message: What was asked, and how it ended.
        advice: What to do about it.
        status: The answer's status; 0 where there was none.
    """

    def __init__(self, message: str, advice: str = "", status: int = 0) -> None:
        super().__init__(message, advice)
        self.status = status


class Repository:
    """A repository as its API has it."""

    def __init__(self, here: Here, client: httpx.Client) -> None:
        self._client = client
        self._at = f"/repos/{here.repository}"

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 -- whatever JSON holds
        """Return what is at a path of the repository.

        Raises:
            GitHubError: It refused, or could not be asked.
        """
        return self.send("GET", path, params=query).json()

    def pages(self, path: str, key: str = "") -> Iterator[Any]:
        """Yield the items of a list, however many pages it has.

        Args:
            path: Of the list.
            key: Where in the answer the list is; all of the answer if empty.

        Raises:
            GitHubError: It refused, or could not be asked.
        """
        sign = "&" if "?" in path else "?"
        following: str | None = f"{self._at}/{path}{sign}per_page=100"
        while following:
            answer = _asked(self._client, "GET", following)
            yield from answer.json()[key] if key else answer.json()
            following = _same_host(self._client, answer.links.get("next", {}).get("url"))

    def send(self, method: str, path: str, **what: Any) -> httpx.Response:  # noqa: ANN401 -- httpx's own
        """Ask, again after an answer that passes by itself, and return the answer.

        Args:
            method: Of the request.
            path: Of it, below the repository's.
            **what: `attempts`, and else what httpx takes.

        Raises:
            GitHubError: It refused, or could not be asked.
        """
        return _asked(self._client, method, f"{self._at}/{path}", **what)


@contextmanager
def repository(here: Here) -> Iterator[Repository]:
    """Hold a connection to the repository's API.

    Raises:
        ConfigError: The token would be sent in the clear.
    """
    url = httpx.URL(here.api)
    if url.scheme != "https" and url.host not in _LOOPBACK:
        raise ConfigError(f"GITHUB_API_URL: {here.api} is no https address", "mend it")
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {here.token}",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    with httpx.Client(base_url=here.api, headers=headers, timeout=_ONE_ANSWER) as client:
        yield Repository(here, client)


def _same_host(client: httpx.Client, url: str | None) -> str | None:
    """Refuse a next page elsewhere, which would be sent the token too."""
    if url and httpx.URL(url).netloc != client.base_url.netloc:
        raise GitHubError(f"the next page is at {httpx.URL(url).host}", "see GITHUB_API_URL")
    return url


class _PassingError(Exception):
    """An answer that another attempt may do away with."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"HTTP {answer.status_code}")
        self.answer = answer


def _asked(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    attempts: int = _ATTEMPTS,
    **what: Any,  # noqa: ANN401 -- httpx's own
) -> httpx.Response:
    again = stamina.RetryingCaller(attempts=attempts, timeout=_PATIENCE, wait_initial=_WAIT)
    try:
        answer = again((httpx.TransportError, _PassingError), _once, client, method, path, **what)
    except _PassingError as error:
        answer = error.answer
    except httpx.TransportError as error:
        raise GitHubError(
            f"{method} {path}: {type(error).__name__}", "see whether GitHub's API can be reached"
        ) from error
    if answer.is_error:
        told = f"{method} {path}: HTTP {answer.status_code}, {_told(answer)}"
        raise GitHubError(told, "see the job's permissions", answer.status_code)
    return answer


def _once(client: httpx.Client, method: str, path: str, **what: Any) -> httpx.Response:  # noqa: ANN401 -- httpx's own
    answer = client.request(method, path, **what)
    # GitHub's limit on many requests at once is a 403 that names when to come back.
    limited = answer.status_code == httpx.codes.FORBIDDEN and "Retry-After" in answer.headers
    if answer.status_code in _PASSING or limited:
        raise _PassingError(answer)
    return answer


def _told(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
