"""What a file of Python takes from elsewhere."""

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["imported_names"]


def imported_names(path: Path) -> Iterator[str]:
    """Yield what it imports with `from`, each with its module: `harness.poll.until`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{it.name}" for it in node.names)
