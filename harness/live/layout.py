"""A line of several parts, broken between them where the terminal is narrow."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from rich.console import Console
from rich.text import Text

__all__ = ["Part", "flow"]

_INDENT = 2
# Text wraps itself with the help of a console, and prints nothing to it.
_WRAPPER = Console(file=StringIO())


@dataclass(frozen=True)
class Part:
    """A part of a line.

    Attributes:
        text: What it says.
        gap: Spaces between it and the part before.
        new_line: Whether it always begins a line.
    """

    text: Text
    gap: int = 2
    new_line: bool = False


def flow(parts: Sequence[Part], width: int) -> Text:
    """Return the parts on as few lines as fit, continued ones indented.

    A part moves to a line of its own before it is broken, and is broken between words.

    Args:
        parts: At least one.
        width: How many columns a line may take.
    """
    lines = _wrap(parts[0].text, width, _INDENT)
    for part in parts[1:]:
        fits = lines[-1].cell_len + part.gap + part.text.cell_len <= width
        if fits and not part.new_line:
            lines[-1].append(" " * part.gap).append_text(part.text)
        else:
            lines += _wrap(Text(" " * _INDENT).append_text(part.text), width, 2 * _INDENT)
    return Text("\n").join(lines)


def _wrap(line: Text, width: int, deeper: int) -> list[Text]:
    if line.cell_len <= width:
        return [line.copy()]
    first, *others = line.wrap(_WRAPPER, max(width - deeper, deeper))
    for piece in (first, *others):
        piece.rstrip()
    return [first, *(Text(" " * deeper).append_text(piece) for piece in others)]
