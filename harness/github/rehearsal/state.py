"""What the GitHub on loopback knows, was asked, and is made to stumble over."""

import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["Call", "Fault", "State"]


@dataclass(frozen=True)
class Call:
    """A request, the status that it was answered with, and when, on the monotonic clock."""

    method: str
    path: str
    status: int
    body: Any = None
    at: float = field(default_factory=time.monotonic, compare=False)


@dataclass
class Fault:
    """Requests that are answered with an error.

    Attributes:
        method: Of which method.
        path: A glob for the path.
        status: The answer.
        times: How many are still answered so; -1 for all.
        done: Whether the request takes effect all the same, as one whose answer was lost.
    """

    method: str
    path: str
    status: int
    times: int = -1
    done: bool = False

    def strikes(self, method: str, path: str) -> bool:
        """Whether this request is one of them; it is counted."""
        if self.times == 0 or method != self.method or not fnmatchcase(path, self.path):
            return False
        self.times -= self.times > 0
        return True


@dataclass
class State:
    """One repository.

    Attributes:
        token: The only one that is let in.
        commits: The commits that it has; each with the pull requests that hold it.
        login: Who writes with the token.
        statuses: What was set, by commit.
        comments: What was written, by pull request.
        artifacts: Archives that runs left, by what the API says of each.
        faults: What goes wrong.
        calls: All requests, in order.
    """

    token: str
    commits: dict[str, list[int]]
    login: str = "github-actions[bot]"
    statuses: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    artifacts: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
