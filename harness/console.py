"""The one place that prints.

What a command found out goes to standard output, how it gets there (steps, warnings, errors) to
standard error, so that `harness status --json | jq` works while a person still sees what happens.
Every text passes through `redact` on its way out.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

from rich.console import Console as RichConsole
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from harness.encodings import forms
from harness.errors import HarnessError

__all__ = ["Console", "Region", "Step", "log"]

_SHORTEST_SECRET = 6
_SLOW_STEP = 0.1
_NO_WIDTH = 1 << 16


class Step:
    """A step that is under way; `detail` says what it is doing just now."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self.note = ""

    def detail(self, text: str) -> None:
        """Replace the line that says what the step is doing; only a terminal shows it."""
        self.note = text

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self.started


class Region:
    """Lines at the lower end of the terminal; `Console.region` makes it."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def refresh(self) -> None:
        """Draw the lines as they are now."""
        self._live.refresh()

    def show(self) -> None:
        """Draw the lines below all that was printed."""
        self._live.start(refresh=True)

    def hide(self) -> None:
        """Take the lines away, and give the cursor back."""
        self._live.stop()


class Console:
    """Steps, results and errors, for a terminal, a log file or another program."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._out = _terminal()
        self._err = _terminal(stderr=True)
        self.json_mode = False

    def protect(self, secret: str) -> None:
        """Never print this text again, in no form of `harness.encodings`."""
        if len(secret) >= _SHORTEST_SECRET:
            self._secrets.update(forms(secret))

    def redact(self, text: str) -> str:
        """Return the text with every protected value replaced by ***."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def say(self, text: str = "") -> None:
        """Print one result line for a person; nothing in JSON mode."""
        if not self.json_mode:
            self._out.print(escape(self.redact(text)))

    def show(self, text: Text) -> None:
        """Print a result that has styles, as `say` does; nothing in JSON mode."""
        if not self.json_mode:
            self._out.print(self._redacted(text))

    def table(self, table: Table) -> None:
        """Print a table for a person; nothing in JSON mode."""
        if not self.json_mode:
            self._out.print(table)

    def reveal(self, text: str) -> None:
        """Print a secret that the person explicitly asked for, unredacted."""
        sys.stdout.write(text + "\n")

    def emit(self, value: Any) -> None:  # noqa: ANN401 -- whatever json can write
        """Print one JSON object on a line of its own, in JSON mode only."""
        if self.json_mode:
            sys.stdout.write(self.redact(json.dumps(value, default=str)) + "\n")
            sys.stdout.flush()

    def note(self, text: str) -> None:
        """Say something that is worth knowing while the command goes on."""
        self._err.print(f"[dim]·[/] {escape(self.redact(text))}")

    def warn(self, text: str) -> None:
        """Say something that the person should look at, though the command goes on."""
        self._err.print(f"[yellow]warning:[/] {escape(self.redact(text))}")

    def error(self, error: HarnessError) -> None:
        """Print a known problem: one line, with what to do about it."""
        self._err.print(f"[red]error:[/] {escape(self.redact(str(error)))}")

    @property
    def redraws(self) -> bool:
        """Whether results go to a terminal whose last lines can be drawn anew."""
        return self._out.is_terminal and not self._out.is_dumb_terminal

    @property
    def width(self) -> int:
        """Columns of the terminal as it is now; more than any line needs where there is none."""
        return self._out.width if self._out.is_terminal else _NO_WIDTH

    @contextmanager
    def region(self, draw: Callable[[], Text]) -> Iterator["Region"]:
        """Keep lines below whatever is said meanwhile; they are gone afterwards.

        Where nothing can be drawn anew, nothing is drawn.

        Args:
            draw: Returns the lines as they are now, each shorter than the terminal is wide.
        """

        def frame() -> Text:
            return self._redacted(draw())

        live = Live(get_renderable=frame, console=self._out, transient=True, auto_refresh=False)
        region = Region(live)
        region.show()
        try:
            yield region
        finally:
            region.hide()

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show a long step: a spinner with seconds in a terminal, else one plain line."""
        step = Step(self.redact(title))
        if self._err.is_terminal:
            with self._spinner(step):
                yield step
        else:
            yield step
        self._finish(step)

    @contextmanager
    def _spinner(self, step: Step) -> Iterator[None]:
        spinner = Spinner("dots")

        def frame() -> Spinner:
            detail = f"  [dim]{escape(self.redact(step.note))[:80]}[/]" if step.note else ""
            line = f"{escape(step.title)} [dim]{step.seconds:.0f} s[/]{detail}"
            spinner.update(text=Text.from_markup(line, emoji=False, overflow="ellipsis"))
            return spinner

        live = Live(get_renderable=frame, console=self._err, transient=True, refresh_per_second=8)
        # A step that has nothing to do must not flicker.
        delay = Timer(_SLOW_STEP, live.start)
        delay.start()
        try:
            yield
        finally:
            delay.cancel()
            delay.join()
            live.stop()

    def _redacted(self, text: Text) -> Text:
        clean = self.redact(text.plain)
        # Styles stand by position, and there are none left to trust.
        return text if clean == text.plain else Text(clean)

    def _finish(self, step: Step) -> None:
        if step.seconds < _SLOW_STEP:
            return
        mark = "[green]✓[/]" if self._err.is_terminal else "-"
        self._err.print(f"{mark} {escape(step.title)} [dim]({step.seconds:.1f} s)[/]")


def _terminal(*, stderr: bool = False) -> RichConsole:
    # What stands between colons is text: rich makes a picture of `:100:` and `:key:`.
    return RichConsole(stderr=stderr, emoji=False, highlight=False, soft_wrap=True)


log = Console()
