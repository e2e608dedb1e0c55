"""What each criterion's judge measures, read from the sources without loading them.

A limit of another kind would be compared with nothing, and whoever reads criteria.toml can say so
before anything runs: `@judges_limit("G-1.1", "time")`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import cast, get_args

from harness.criteria.quantity import Kind

__all__ = ["OWN", "kinds"]

OWN = Path(__file__).parent / "judge"
"""Where the judges of the PRD's criteria are."""

_DECORATOR = "judges_limit"


def kinds(*directories: Path) -> dict[str, Kind]:
    """Return what is measured for each criterion whose judge takes a limit, by its id.

    Args:
        directories: Where the judges are.
    """
    paths = (path for it in directories for path in sorted(it.rglob("*.py")))
    return {name: kind for path in paths for name, kind in _kinds(path)}


def _kinds(path: Path) -> Iterator[tuple[str, Kind]]:
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text) if _DECORATOR in text else ast.Module([], [])
    except (OSError, SyntaxError, ValueError):
        return  # who loads or collects it says what is wrong with it
    for node in tree.body:
        for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            yield from _kind(decorator)


def _kind(decorator: ast.expr) -> Iterator[tuple[str, Kind]]:
    match decorator:
        case ast.Call(
            func=ast.Name(id=name) | ast.Attribute(attr=name),
            args=[ast.Constant(value=str(criterion)), ast.Constant(value=str(kind))],
        ) if name == _DECORATOR and kind in get_args(Kind):
            yield criterion, cast("Kind", kind)
