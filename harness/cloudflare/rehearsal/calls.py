"""What was asked of the loopback Cloudflare, and how it was answered."""

import time
from dataclasses import dataclass, field

__all__ = ["Call", "Calls"]


@dataclass(frozen=True)
class Call:
    """One request and its answer.

    Attributes:
        method: The HTTP method.
        path: Without the query.
        status: Of the answer; 0 where there was none.
        known: Whether there is such a route.
        at: When it was answered, on the monotonic clock.
    """

    method: str
    path: str
    status: int
    known: bool = True
    at: float = field(default_factory=time.monotonic, compare=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


class Calls(list[Call]):
    """All calls, in the order of their answers."""

    @property
    def unknown(self) -> list[str]:
        """The calls that no route was there for: what the rehearsal lacks."""
        return [f"{call.method} {call.path}" for call in self if not call.known]

    @property
    def changes(self) -> list[str]:
        """The calls that changed something, with their last two parts of the path."""
        changing = [call for call in self if call.method not in {"GET", "HEAD"}]
        return [f"{call.method} {'/'.join(call.path.split('/')[-2:])}" for call in changing]
