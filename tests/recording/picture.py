"""A recording's last screen as a picture, with what was done beside it in a margin.

rich draws it; its own template would fetch a font from elsewhere, which no page that shows the
picture allows, so it gets one without.
"""

import io
import re
from itertools import groupby

import pyte
from pyte.screens import Char
from rich.console import Console
from rich.style import Style
from rich.text import Text

from tests.recording.cast import Cast

__all__ = ["draw"]

_TEMPLATE = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
_PYTES = {"default": None, "brown": "yellow", "brightbrown": "bright_yellow"}


def draw(cast: Cast) -> str:
    """Return the picture, as SVG; the same for the same recording."""
    screen = pyte.Screen(cast.width, cast.height)
    stream = pyte.Stream(screen)
    marks: dict[int, str] = {}
    for event in cast.events:
        if event.kind == "m":
            marks[_last_row(screen)] = event.text
        else:
            stream.feed(event.text)
    return _svg(_rows(screen, marks), cast.title)


def _last_row(screen: pyte.Screen) -> int:
    """Return where the next line will be written: `harness dev` keeps its keys below all others."""
    return max((row for row, line in enumerate(screen.display) if line.strip()), default=0)


def _rows(screen: pyte.Screen, marks: dict[int, str]) -> list[Text]:
    margin = max(map(len, marks.values()), default=0)
    found = []
    for row in range(_last_row(screen) + 1):
        mark = f"{marks[row]} ▸ " if row in marks else ""
        text = Text().append(mark.rjust(margin + 3) if margin else "", "cyan")
        found.append(text.append_text(_line(screen, row)))
    return found


def _line(screen: pyte.Screen, row: int) -> Text:
    text = Text()
    chars = [screen.buffer[row][column] for column in range(screen.columns)]
    for style, alike in groupby(chars, _style):
        text.append("".join(it.data for it in alike), style)
    text.rstrip()
    return text


def _style(char: Char) -> Style:
    return Style(
        color=_colour(char.fg), bold=char.bold, italic=char.italics, underline=char.underscore
    )


def _colour(name: str) -> str | None:
    name = _PYTES.get(name, name) or ""
    hexadecimal = re.fullmatch(r"[0-9a-f]{6}", name)
    return (f"#{name}" if hexadecimal else re.sub("^bright(?!_)", "bright_", name)) or None


def _svg(rows: list[Text], title: str) -> str:
    width = max(it.cell_len for it in rows) + 1
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    # Below the last line rich leaves no room for letters that go deep.
    for it in [*rows, Text()]:
        console.print(it, no_wrap=True, overflow="crop")
    return console.export_svg(title=title, code_format=_TEMPLATE, unique_id="dev")
