"""What the terminal shows: lines that stay, and below them what is under way."""

import time
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from rich.text import Text

from harness.live import lines
from harness.live.events import (
    Broken,
    Ended,
    Event,
    Live,
    Noticed,
    Restored,
    Silent,
    State,
    Stopping,
    Visible,
    Waiting,
)
from harness.live.layout import Part, flow
from harness.live.messages import Checked, LogLine, Lost, Message, Note, Outdated, Told

__all__ = ["View"]

_LOST = "no answer, looking for the container …"
_TYPED = (".ts", ".mts", ".cts", ".tsx", ".json")


class View:
    """The reloads of one stack, one line each.

    The last line stays open until the type checker's result has joined it. If anything else is to
    be said before, the line is closed, and the result becomes a line of its own; if a newer save
    comes before, the result may be that save's already, and is left out: the next one covers both.

    Attributes:
        shows_log: Whether the container's log is being shown.

    Args:
        say: Prints a line that stays.
        width: Returns how many columns a line may take.
        layer: The layer's directory, relative to the checkout.
        check: Asks the type checker, and returns the request's number; None where there is none.
        redraws: Whether `region` is shown; if not, no line is kept open.
    """

    shows_log = False

    def __init__(
        self,
        say: Callable[[Text], None],
        *,
        width: Callable[[], int],
        layer: PurePosixPath,
        check: Callable[[], int | None],
        redraws: bool = True,
    ) -> None:
        self._say = say
        self._width = width
        self._layer = layer
        self._check = check
        self._redraws = redraws
        self._open: list[Part] | None = None
        self._awaited: int | None = None
        self._about: list[Part] = []
        self._loading: tuple[Noticed | Waiting | Silent, float] | None = None
        self._trouble = self._error = ""
        self._greeted = False

    @property
    def moves(self) -> bool:
        """Whether what is under way looks different with every moment."""
        return self._loading is not None

    def on(self, message: Message) -> None:
        """Take in what happened."""
        match message:
            case Told(event=event) if event is not None:
                self._on_event(event)
            case Checked():
                self._on_checked(message)
            case Lost():
                self._loading, self._trouble = None, _LOST
            case Outdated():
                self._print(lines.outdated(message))
            case Note():
                self._print(lines.note(message))
            case LogLine():
                self.close()
                self._say(lines.log_line(message))

    def region(self) -> Text:
        """Return the lines below those that stay, as they are at this moment."""
        rest = lines.rest(trouble=self._trouble, shows_log=self.shows_log)
        rest.truncate(self._width(), overflow="ellipsis")
        parts = self._under_way()
        return Text("\n").join([flow(parts, self._width()), rest]) if parts else rest

    def close(self) -> None:
        """Let the last line stay as it is."""
        parts, self._open = self._open, None
        if parts:
            self._say(flow(parts, self._width()))

    def _on_event(self, event: Event) -> None:
        match event:
            case State():
                self._on_state(event)
            case Noticed() | Waiting() | Silent():
                self._on_loading(event)
            case Live():
                self._settle("")
                self._begin(lines.live(event), event.cause)
            case Broken():
                self._settle("broken", event.error)
                self._begin(lines.broken(event), event.cause)
            case Restored():
                self._settle("")
                self._begin(lines.restored(event), event.cause)
            case Visible():
                parts = lines.visible(event, self._layer)
                if any(name.endswith(_TYPED) for name in event.files):
                    self._begin(parts, lines.named(event.files, self._layer))
                else:
                    self._print(parts)
            case Ended():
                self._settle("ended")
                self._print(lines.ended(event))
            case Stopping():
                self._settle("the container is being stopped")

    def _on_loading(self, event: Noticed | Waiting | Silent) -> None:
        since = time.monotonic()
        if not isinstance(event, Silent):
            self.close()
            self._awaited = None
        elif self._loading:
            since = self._loading[1]
        self._loading = event, since
        if isinstance(event, Silent) and not self._redraws:
            self._print(lines.silent(event))

    def _on_state(self, event: State) -> None:
        self._settle("broken" if event.status == "broken" else "", event.error or "")
        if self._greeted or event.status != "healthy":
            self._print(lines.state(event, again=self._greeted))
        if not self._greeted:
            # Errors that were there before are told; that there are none is no news.
            self._awaited = self._check()
        self._greeted = True

    def _on_checked(self, result: Checked) -> None:
        if result.request != self._awaited:
            return
        self._awaited = None
        if lines.is_said(result, self._error, self._layer):
            self.close()
        elif self._open:
            self._open = _joined(self._open, lines.checked(result))
            self.close()
        elif self._about or result.total > 0:
            self._print([*self._about, *lines.checked(result)])

    def _settle(self, trouble: str, error: str = "") -> None:
        self._loading, self._trouble, self._error = None, trouble, error

    def _begin(self, parts: list[Part], about: str | None) -> None:
        """Show a line that the type checker's result belongs to."""
        self.close()
        self._awaited = self._check()
        self._about = lines.about(about)
        if self._awaited and self._redraws:
            self._open = parts
        else:
            self._print(parts)

    def _print(self, parts: Sequence[Part]) -> None:
        self.close()
        self._say(flow(parts, self._width()))

    def _under_way(self) -> list[Part]:
        if self._loading:
            event, since = self._loading
            return lines.loading(event, time.monotonic() - since)
        return _joined(self._open, [lines.CHECKING]) if self._open else []


def _joined(parts: Sequence[Part], more: Sequence[Part]) -> list[Part]:
    """Put parts at the end of the first line."""
    end = next((place for place, part in enumerate(parts) if part.new_line), len(parts))
    return [*parts[:end], *more, *parts[end:]]
