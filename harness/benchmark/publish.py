"""Write what was measured down: as JSON, table and picture, and into the documents that show it."""

import re
from collections.abc import Iterable
from pathlib import Path

from harness.benchmark import figures_table, naive_table, plot, table
from harness.benchmark.figures import Figures
from harness.benchmark.one_stage import OneStage
from harness.benchmark.result import Comparison
from harness.errors import ConfigError

__all__ = ["FIGURES", "NAIVE", "NAME", "insert", "publish"]

NAME, FIGURES, NAIVE = "save-to-live", "figures", "naive"
"""What the files of a comparison, of figures and of one naive stage are called, and the section of
a document that holds the table."""


def publish(found: Comparison | Figures | OneStage, directory: Path) -> None:
    """Write `.json` and `.md`, of a comparison `.svg` too, into a directory, which is made."""
    directory.mkdir(parents=True, exist_ok=True)
    texts = {"json": f"{found.model_dump_json(indent=1)}\n"}
    if isinstance(found, Comparison):
        name = NAME
        texts |= {"md": table.render(found), "svg": plot.render(found)}
    elif isinstance(found, Figures):
        name = FIGURES
        texts |= {"md": figures_table.render(found)}
    else:
        name = NAIVE
        texts |= {"md": naive_table.render(found)}
    for kind, text in texts.items():
        (directory / f"{name}.{kind}").write_text(text, encoding="utf-8")


def insert(name: str, text: str, documents: Iterable[Path]) -> None:
    """Replace what stands between the marks of that name in each document.

    Raises:
        ConfigError: A document lacks the marks.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    section = re.compile(f"(?<={re.escape(begin)}).*?(?={re.escape(end)})", re.DOTALL)
    for path in documents:
        before = path.read_text(encoding="utf-8")
        if not section.search(before):
            raise ConfigError(f"{path}: no {begin.strip()} … {end}", "put both where it belongs")
        path.write_text(section.sub(lambda _: text, before), encoding="utf-8")
