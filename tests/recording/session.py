"""A session with `harness dev` as anybody would have it: a start, a save, a broken one, mended."""

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.docker.stack import Stack
from harness.engine.model import Engine
from harness.poll import until
from harness.project import Project
from tests.live.conftest import own_checkout
from tests.live.terminal import Terminal, terminal
from tests.recording.cast import Cast, Event

__all__ = ["record"]

TITLE = "harness dev"
ROWS, COLUMNS = 40, 100
UP = 600.0
KEYS = r"^r restart  o open  l log  q leave$"
LIVE = r"^scheduler\.ts → live in .*  tsc ok$"
BROKEN = r"^scheduler\.ts → broken after "
PLACE = r"^  deploy/loa-identity/scheduler\.ts:\d+: "
SOUND, TYPO = "= 0.1;", "= 0.2 +;"


def record(engine: Engine) -> Cast:
    """Play it on a copy of this checkout, and return what the terminal showed.

    Raises:
        AssertionError: Something else was on the screen than should be.
    """
    with own_checkout(engine) as project, _shell(project) as (screen, began):
        source = project.layer / "scheduler.ts"
        sound = source.read_text(encoding="utf-8")
        marks: list[Event] = []

        def save(what: str, text: str, *seen: tuple[str, int]) -> None:
            _wait_for_standby(project, engine)
            screen.lines()
            marks.append(Event(time.monotonic() - began, "m", what))
            source.write_text(text, encoding="utf-8")
            for pattern, times in seen:
                _see(screen, pattern, times)
            _see(screen, KEYS if "broken" not in what else "^broken  r restart", 1)

        screen.see(KEYS, seconds=UP)
        save("a save", sound.replace(SOUND, "= 0.2;"), (LIVE, 1))
        save("a broken one", sound.replace(SOUND, TYPO), (BROKEN, 1), (PLACE, 1))
        save("mended", sound.replace(SOUND, "= 0.3;"), (LIVE, 2))
        shown = [Event(at - began, "o", chunk) for at, chunk in screen.chunks]
        screen.press("q")
        screen.end()
    events = sorted([*shown, *marks], key=lambda it: it.at)
    return Cast(COLUMNS, ROWS, TITLE, events)


@contextmanager
def _shell(project: Project) -> Iterator[tuple[Terminal, float]]:
    """The command in a terminal of its own; the name of the checkout is not shown."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: it for name, it in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
    given = {"PATH": path, "TERM": "xterm-256color", "HARNESS_PROJECT": str(project.root)}
    began = time.monotonic()
    words = ["sh", "-c", "printf '$ harness dev\\r\\n'; exec harness dev"]
    with terminal(words, env={**kept, **given}, rows=ROWS, columns=COLUMNS) as screen:
        yield screen, began


def _see(screen: Terminal, pattern: str, times: int) -> None:
    """Wait until so many lines on the screen match."""

    def shown() -> bool:
        return sum(bool(re.search(pattern, it)) for it in screen.lines()) == times

    until(shown, seconds=UP, what=f"{pattern!r} is on the screen {times} times")


def _wait_for_standby(project: Project, engine: Engine) -> None:
    """Wait as a person who reads does: until the next gateway is warm, and events cross."""

    def ready() -> bool:
        stack = Stack.find(project, engine)
        found = (stack.health() if stack else None) or {}
        warm = found.get("standby", {}).get("state") == "warm"
        return warm and found.get("watch", {}).get("events") is not None

    until(ready, seconds=UP, what="the next gateway is warm")
