"""How each event reads on a terminal."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from rich.text import Text

from harness.console import log
from harness.health import SILENT, instead
from harness.live.events import (
    Broken,
    Ended,
    Live,
    Noticed,
    Restored,
    Silent,
    State,
    Visible,
    Waiting,
)
from harness.live.layout import Part
from harness.live.messages import Checked, LogLine, Note, Outdated

__all__ = [
    "CHECKING",
    "about",
    "broken",
    "checked",
    "ended",
    "is_said",
    "live",
    "loading",
    "log_line",
    "named",
    "note",
    "outdated",
    "rest",
    "restored",
    "silent",
    "state",
    "visible",
]

_WARMS = "waiting for the next gateway to warm"
_NAMED = 3
_AT_ONCE = 50
_WORTH_SAYING = 500
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FRAMES_PER_SECOND = 10
_LONGEST = 300
_OF_SYNTAX = re.compile(r"TS1\d{3}")

CHECKING = Part(Text("tsc …", "dim"))
"""Stands where the type checker's result will stand."""


def loading(event: Noticed | Waiting | Silent, seconds: float) -> list[Part]:
    """Say that a load is under way, or what it waits for, for so many seconds."""
    frame = _FRAMES[int(seconds * _FRAMES_PER_SECOND) % len(_FRAMES)]
    match event:
        case Waiting():
            doing, style = _WARMS, "cyan"
        case Silent():
            doing, style = SILENT, "yellow"
        case _:
            doing, style = "loading", "cyan"
    head = Part(Text.assemble(_cause(event.cause), " → ", (f"{frame} {doing}", style)))
    meanwhile = _meanwhile(event) if isinstance(event, Silent) else []
    return [head, Part(Text(f"{seconds:.1f} s", "dim"), gap=1), *meanwhile]


def silent(event: Silent) -> list[Part]:
    """Say the same on a line that stays, where none is drawn anew."""
    return [Part(Text.assemble(_cause(event.cause), " → ", (SILENT, "yellow"))), *_meanwhile(event)]


def _meanwhile(event: Silent | State) -> list[Part]:
    """Say what answers instead, if anything does; what is silent may yet."""
    return [_instead(event)] if event.serves else []


def live(event: Live) -> list[Part]:
    """Say that a save serves, and what took how long."""
    head = Text.assemble(_cause(event.cause), " → ", ("live", "green"))
    if event.served_ms is None or event.loaded_ms is None:
        head.append(_after(event.after_ms))
        return [Part(head), Part(Text(f"(generation {event.generation})", "dim"), gap=1)]
    head.append(f" in {_seconds(event.served_ms)} s")
    # Nothing was saved where somebody asked for a load.
    noticed = f"noticed {_seconds(event.noticed_ms or 0)}, " if event.files else ""
    cold = ", no gateway was warm" if event.cold else ""
    phases = f"({noticed}{_waited(event)}loaded {_seconds(event.loaded_ms)}{cold})"
    return [Part(head), Part(Text(phases, "dim"), gap=1)]


def _waited(event: Live) -> str:
    """Say what went by between the save's event and its load, where anybody would wonder."""
    between = (event.served_ms or 0) - (event.noticed_ms or 0) - (event.loaded_ms or 0)
    return f"waited {_seconds(between)}, " if event.files and between >= _WORTH_SAYING else ""


def broken(event: Broken) -> list[Part]:
    """Say that a save does not load, why, and whether one before it goes on serving."""
    head = Text.assemble(_cause(event.cause), " → ", ("broken", "red"), _after(event.after_ms))
    return [Part(head), _instead(event), Part(Text(_short(event.error)), new_line=True)]


def _instead(event: Broken | Silent | State) -> Part:
    """Say what answers while the newest save does not."""
    return Part(Text(instead(serves=event.serves), "dim"))


def restored(event: Restored) -> list[Part]:
    """Say that the files are again as what serves."""
    return [Part(Text(f"{_cause(event.cause)} → as it is served, nothing to load"))]


def visible(event: Visible, layer: PurePosixPath) -> list[Part]:
    """Say that no restart is needed."""
    return [Part(Text(f"{named(event.files, layer)} → visible at once, no restart needed"))]


def named(files: Sequence[str], layer: PurePosixPath) -> str:
    """Return the first three names, relative to the layer if they lie in it, and how many more."""
    paths = [PurePosixPath(name) for name in files[:_NAMED]]
    names = [it.relative_to(layer) if it.is_relative_to(layer) else it for it in paths]
    more = [f"+{len(files) - _NAMED}"] if len(files) > _NAMED else []
    return _clean(",".join([*map(str, names), *more]))


def ended(event: Ended) -> list[Part]:
    """Say why the gateway ended, and when it is started again."""
    head = Text.assemble(("ended", "red"), ": ", _short(event.status))
    if event.again_ms is None:
        return [Part(head), Part(Text("it is started again", "dim"))]
    again = f"in {event.again_ms / 1000:.1f} s" if event.again_ms >= _AT_ONCE else "at once"
    return [Part(head), Part(Text(f"again {again}", "dim"))]


def state(event: State, *, again: bool) -> list[Part]:
    """Say how things stand, for somebody who has just come, or who was away."""
    style = {"healthy": "green", "broken": "red", "stopped": "red"}.get(event.status, "cyan")
    head = "connected again, gateway" if again else "gateway"
    parts = [Part(Text.assemble(head, " → ", (event.status, style)))]
    parts.append(Part(Text(f"(generation {event.generation})", "dim"), gap=1))
    if event.silent:
        parts += [Part(Text(SILENT, "yellow")), *_meanwhile(event)]
    elif event.status == "broken":
        parts.append(_instead(event))
    return [*parts, Part(Text(_short(event.error)), new_line=True)] if event.error else parts


def checked(result: Checked) -> list[Part]:
    """Say what the type checker found: the first error, and how many more there are."""
    if result.total == 0:
        return [Part(Text.assemble("tsc ", ("ok", "green")))]
    first = result.errors[0]
    place = ":".join(str(it) for it in (first.file, first.line) if it is not None)
    head = (
        Text.assemble(("tsc:", "yellow"), " ", _clean(place)) if place else Text("tsc:", "yellow")
    )
    parts = [Part(head), Part(Text(_short(f"{first.code} {first.text}")), gap=1)]
    more = Part(Text(f"and {result.total - 1} more", "dim"))
    return [*parts, more] if result.total > 1 else parts


def is_said(result: Checked, error: str, layer: PurePosixPath) -> bool:
    """Whether the type checker found no more than the mistake of syntax that broke a save.

    Args:
        result: What it found; where anything cannot be parsed, that is all that it looks for.
        error: Why the save is broken.
        layer: The layer's directory, relative to the checkout.
    """
    if not result.errors:
        return False
    first = result.errors[0]
    place = f"{layer}/{first.file}:{first.line}: "
    alone = all(it.file == first.file for it in result.errors)
    return alone and bool(_OF_SYNTAX.fullmatch(first.code)) and error.startswith(place)


def about(cause: str | None) -> list[Part]:
    """Say what the type checker's result is about, where it has a line of its own."""
    return [Part(Text(_cause(cause)))]


def outdated(message: Outdated) -> list[Part]:
    """Say that the stack is older than what it is made from."""
    text = "the stack was made from an older one; `harness dev` makes it anew"
    return [Part(Text.assemble(_clean(message.name), ": ", (text, "yellow")))]


def note(message: Note) -> list[Part]:
    """Say something that is worth knowing."""
    return [Part(Text.assemble(("· ", "dim"), _clean(message.text)))]


def rest(*, trouble: str, shows_log: bool) -> Text:
    """Say which keys there are, and before them what is wrong as long as it is."""
    l_does = "hide log" if shows_log else "log"
    trouble = _clean(trouble)
    keys = Text(f"r restart  o open  l {l_does}  q leave", "dim")
    return Text.assemble((trouble, "red"), ("  ", ""), keys) if trouble else keys


def log_line(message: LogLine) -> Text:
    """Show a line of the container's log, told apart by a bar."""
    return Text.assemble(("│ ", "dim"), Text.from_ansi(message.text))


def _short(text: str) -> str:
    text = _clean(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _clean(text: str) -> str:
    """Replace secrets, and what a terminal would take for an order; file names may hold anything.

    Once a line is cut or broken, what is left of a secret is not known for one any more.
    """
    text = log.redact(text)
    return "".join(it if it.isprintable() else "�" for it in text)


def _cause(cause: str | None) -> str:
    return _clean(cause or "start")


def _after(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f" after {_seconds(milliseconds)} s"


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.2f}"
