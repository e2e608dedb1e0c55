"""The one place that prints.

What a command found out goes to standard output, how it gets there (steps, warnings, errors) to
standard error, so that `harness status --json | jq` works while a person still sees what happens.
Every text passes through `redact` on its way out.
"""

import base64
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any
from urllib.parse import quote

from rich.console import Console as RichConsole
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from harness.errors import HarnessError

__all__ = ["Console", "Step", "log"]

_SHORTEST_SECRET = 6
_SLOW_STEP = 0.1


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


class Console:
    """Steps, results and errors, for a terminal, a log file or another program."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._out = RichConsole(highlight=False, soft_wrap=True)
        self._err = RichConsole(stderr=True, highlight=False, soft_wrap=True)
        self.json_mode = False

    def protect(self, secret: str) -> None:
        """Never print this text again, nor its base64 or URL-encoded form."""
        if len(secret) < _SHORTEST_SECRET:
            return
        raw = secret.encode()
        forms = (secret, quote(secret, safe=""), base64.b64encode(raw).decode().rstrip("="))
        self._secrets.update(forms)

    def redact(self, text: str) -> str:
        """Return the text with every protected value replaced by ***."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def say(self, text: str = "") -> None:
        """Print one result line for a person; nothing in JSON mode."""
        if not self.json_mode:
            self._out.print(escape(self.redact(text)))

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
            spinner.update(text=Text.from_markup(line, overflow="ellipsis"))
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

    def _finish(self, step: Step) -> None:
        if step.seconds < _SLOW_STEP:
            return
        mark = "[green]✓[/]" if self._err.is_terminal else "-"
        self._err.print(f"{mark} {escape(step.title)} [dim]({step.seconds:.1f} s)[/]")


log = Console()
