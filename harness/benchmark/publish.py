"""Write what was measured down: as JSON, table and picture, and into the documents that show it."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.benchmark import figures_table, naive_table, plot, table
from harness.benchmark.figures import Figures
from harness.benchmark.one_stage import OneStage
from harness.benchmark.result import Comparison
from harness.errors import ConfigError

__all__ = ["MODELS", "NAIVE", "NAME", "insert", "publish"]

NAME, NAIVE = "save-to-live", "naive"
"""What the files of a comparison and of one naive stage are called."""

MODELS: dict[str, type[Comparison | Figures | OneStage]] = {
    NAME: Comparison,
    "figures": Figures,
    NAIVE: OneStage,
}
"""What is measured, by how its files are called, and the section of a document with its table."""


def publish(found: Comparison | Figures | OneStage, directory: Path) -> None:
    """Write `.json` and `.md`, of a comparison `.svg` too, into a directory, which is made."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in _files(found):
        (directory / name).write_text(text, encoding="utf-8")


def _files(found: Comparison | Figures | OneStage) -> Iterator[tuple[str, str]]:
    """Yield name and text of each file, the record before anything is drawn.

    Whatever cannot be drawn took minutes to measure.
    """
    name = next(name for name, model in MODELS.items() if isinstance(found, model))
    yield f"{name}.json", f"{found.model_dump_json(indent=1)}\n"
    if isinstance(found, Comparison):
        yield f"{name}.md", table.render(found)
        yield f"{name}.svg", plot.render(found)
    elif isinstance(found, Figures):
        yield f"{name}.md", figures_table.render(found)
    else:
        yield f"{name}.md", naive_table.render(found)


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
