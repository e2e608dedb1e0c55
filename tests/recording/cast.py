"""What a terminal showed, and when: a file of asciinema's second format, which its player plays."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

__all__ = ["Cast", "Event"]


class Event(NamedTuple):
    """Something that happened.

    Attributes:
        at: When, in seconds from the start.
        kind: `o` is what the program wrote, `m` a mark: what somebody did beside the terminal.
        text: What was written, or done.
    """

    at: float
    kind: Literal["o", "m"]
    text: str


@dataclass(frozen=True)
class Cast:
    """A recording.

    Attributes:
        width: How many columns the terminal had.
        height: How many rows.
        title: What is shown.
        events: All that happened, in order.
    """

    width: int
    height: int
    title: str
    events: Sequence[Event]

    @classmethod
    def read(cls, path: Path) -> "Cast":
        """Read a recording.

        Raises:
            ValueError: It is of another format.
        """
        head, *lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        if head.get("version") != 2:
            raise ValueError(f"{path} is no recording of asciinema's second format")
        return cls(head["width"], head["height"], head["title"], [Event(*it) for it in lines])

    def write(self, path: Path) -> None:
        """Write it, one event a line."""
        path.write_text("".join(f"{it}\n" for it in self._lines()), encoding="utf-8")

    def _lines(self) -> Iterator[str]:
        size = {"width": self.width, "height": self.height}
        yield json.dumps({"version": 2, **size, "title": self.title}, ensure_ascii=False)
        for it in self.events:
            yield json.dumps([round(it.at, 3), it.kind, it.text], ensure_ascii=False)
