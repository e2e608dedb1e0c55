"""What the parts of the live view tell each other, besides the reloader's own events."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.live.events import Event, parse

__all__ = ["Checked", "Key", "LogLine", "Lost", "Message", "Mistake", "Note", "Outdated", "Told"]


@dataclass(frozen=True)
class Told:
    """The reloader told an event.

    Attributes:
        raw: It, as it came.
        event: What it says; None where this harness does not know it.
    """

    raw: dict[str, Any]
    event: Event | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "event", parse(self.raw))


@dataclass(frozen=True)
class Lost:
    """Port 3000 stopped answering; a state follows when it answers again."""


@dataclass(frozen=True)
class Mistake:
    """One error of the type checker's; the file is relative to the layer."""

    file: str | None
    line: int | None
    code: str
    text: str


@dataclass(frozen=True)
class Checked:
    """The type checker answered a request.

    Attributes:
        request: Its number.
        total: How many errors there are.
        errors: The first of them.
    """

    request: int
    total: int
    errors: Sequence[Mistake] = ()


@dataclass(frozen=True)
class Outdated:
    """A file that the stack was made from has another content by now."""

    name: str


@dataclass(frozen=True)
class Note:
    """Something worth knowing, on one line."""

    text: str


@dataclass(frozen=True)
class LogLine:
    """The container printed a line."""

    text: str


@dataclass(frozen=True)
class Key:
    """A key was pressed."""

    character: str


Message = Told | Lost | Checked | Outdated | Note | LogLine | Key
