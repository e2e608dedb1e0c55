"""How editors save a file of the layer."""

from collections.abc import Callable
from pathlib import Path

__all__ = ["NESTED", "QUOTES", "SCHEDULER", "append", "replace", "writing"]

SCHEDULER = "scheduler.ts"
NESTED, QUOTES = "one/two/three.ts", "a 'b' \"c\".ts"


def replace(layer: Path) -> None:
    """Write the new file beside the old one, which it then replaces."""
    draft = layer / f".{SCHEDULER}.swp"
    draft.write_text((layer / SCHEDULER).read_text() + "// replaced\n", encoding="utf-8")
    draft.rename(layer / SCHEDULER)


def append(layer: Path) -> None:
    """Write to the file itself."""
    with (layer / SCHEDULER).open("a", encoding="utf-8") as file:
        file.write("// edited\n")


def writing(name: str, text: str) -> Callable[[Path], object]:
    """Return what writes a whole file, in a directory that is made if need be."""

    def write(layer: Path) -> None:
        (layer / name).parent.mkdir(parents=True, exist_ok=True)
        (layer / name).write_text(text, encoding="utf-8")

    return write
