"""What an engine's builder keeps between builds, and how it loses some of it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness import process
from harness.engine.model import Engine

__all__ = ["Record", "prune", "records"]

Record = dict[str, Any]


def records(engine: Engine) -> list[Record]:
    """Return all of it, the youngest first, as the engine tells of it."""
    found: list[Record] = engine.client.api.df()["BuildCache"] or []
    return sorted(found, key=lambda it: str(it["CreatedAt"]), reverse=True)


def prune(engine: Engine, some: Iterable[Record]) -> None:
    """Have some of it forgotten; what another one stands on stays as long as that one does."""
    command: list[str | Path] = [engine.program, "builder", "prune", "--all", "--force"]
    for it in some:
        process.run([*command, "--filter", f"id={it['ID']}"], env=engine.variables)
