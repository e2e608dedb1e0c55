"""One JSON object an event, for another program."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from harness.live.messages import Checked, Lost, Message, Note, Outdated, Told

__all__ = ["JsonLines"]


class JsonLines:
    """Emits what the reloader tells as it came, and in the same form what is found out here.

    Args:
        emit: Prints an object on a line of its own.
        urls: Where the stack answers; told with each state.
        check: Asks the type checker.
    """

    def __init__(
        self,
        emit: Callable[[dict[str, Any]], None],
        *,
        urls: Callable[[], dict[str, str]],
        check: Callable[[], int | None],
    ) -> None:
        self._emit = emit
        self._urls = urls
        self._check = check
        self._checks: dict[int | None, object] = {}

    def on(self, message: Message) -> None:
        """Take in what happened."""
        match message:
            case Told(raw=raw):
                urls = {"urls": self._urls()} if raw.get("event") == "state" else {}
                self._emit({**raw, **urls})
                if raw.get("event") in {"state", "live", "broken", "restored"}:
                    self._checks = {self._check(): raw.get("generation")}
                elif raw.get("event") == "noticed":
                    self._checks = {}
            case Checked() if message.request in self._checks:
                self._emit_types(message)
            case Lost():
                self._event("lost")
            case Outdated(name=name):
                self._event("outdated", file=name)
            case Note(text=text):
                self._event("note", text=text)

    def _emit_types(self, result: Checked) -> None:
        errors = [vars(error) for error in result.errors]
        generation = self._checks[result.request]
        self._event("types", generation=generation, total=result.total, errors=errors)

    def _event(self, name: str, **about: object) -> None:
        at = datetime.now().astimezone().isoformat(timespec="milliseconds")
        self._emit({"event": name, "at": at, **about})
