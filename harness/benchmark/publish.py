"""Write a comparison down: as JSON, table and picture, and into the documents that show it."""

import re
from collections.abc import Iterable
from pathlib import Path

from harness.benchmark import plot, table
from harness.benchmark.result import Comparison
from harness.errors import ConfigError

__all__ = ["NAME", "insert", "publish"]

NAME = "save-to-live"
"""What the files are called, and the section of a document that holds the table."""

_BEGIN, _END = f"<!-- {NAME} -->\n", f"<!-- /{NAME} -->"
_SECTION = re.compile(f"(?<={re.escape(_BEGIN)}).*?(?={re.escape(_END)})", re.DOTALL)


def publish(found: Comparison, directory: Path) -> None:
    """Write `save-to-live.json`, `.md` and `.svg` into a directory, which is made."""
    directory.mkdir(parents=True, exist_ok=True)
    texts = {
        "json": f"{found.model_dump_json(indent=1)}\n",
        "md": table.render(found),
        "svg": plot.render(found),
    }
    for kind, text in texts.items():
        (directory / f"{NAME}.{kind}").write_text(text, encoding="utf-8")


def insert(text: str, documents: Iterable[Path]) -> None:
    """Replace what stands between the marks of each document.

    Raises:
        ConfigError: A document lacks the marks.
    """
    for path in documents:
        before = path.read_text(encoding="utf-8")
        if not _SECTION.search(before):
            raise ConfigError(f"{path}: no {_BEGIN.strip()} … {_END}", "put both where it belongs")
        path.write_text(_SECTION.sub(lambda _: text, before), encoding="utf-8")
