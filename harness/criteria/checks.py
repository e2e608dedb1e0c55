"""Which checks serve which criterion, read from the test files without running them.

A criterion passes only if all its checks ran. A run of one file or one test does not even load the
others, so what is declared is read from the sources: `@pytest.mark.criterion("FR-1.1")`.
Whether one takes many minutes is read there too.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.errors import ConfigError

__all__ = ["LONG", "MARKER", "declared", "long_ones"]

MARKER = "criterion"
LONG = "long"
"""The marker of tests that take many minutes, and the option that asks for them."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def declared(directory: Path, root: Path) -> dict[str, tuple[str, ...]]:
    """Return the criteria of each check below a directory.

    Args:
        directory: Where the test files are.
        root: What pytest names them relative to.

    Returns:
        Criterion ids by check, as pytest names it: "acceptance/test_x.py::test_y".

    Raises:
        ConfigError: A file is no Python, or a marker's ids are not written out.
    """
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(directory.rglob("test_*.py")):
        name = path.relative_to(root).as_posix()
        for function in _functions(_parse(path)):
            ids = tuple(_ids(path, function))
            if ids:
                found[f"{name}::{function.name}"] = ids
    return found


def long_ones(*directories: Path) -> frozenset[str]:
    """Return the criteria that a check serves which takes many minutes.

    Args:
        directories: Where the test files are.

    Raises:
        ConfigError: As `declared`.
    """
    paths = {path for directory in directories for path in directory.rglob("test_*.py")}
    return frozenset(name for path in sorted(paths) for name in _long_in(path))


def _long_in(path: Path) -> Iterator[str]:
    tree = _parse(path)
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    of_all = [named["pytestmark"]] if "pytestmark" in named else []
    for function in _functions(tree):
        if any(_says_long(mark, named) for mark in (*of_all, *function.decorator_list)):
            yield from _ids(path, function)


def _says_long(mark: ast.expr, named: Mapping[str, ast.expr]) -> bool:
    """Whether the marker stands there, or in what the file calls by a name that does."""
    nodes = list(ast.walk(mark))
    others = [named[it.id] for it in nodes if isinstance(it, ast.Name) and it.id in named]
    return any(isinstance(it, ast.Attribute) and it.attr == LONG for it in nodes) or any(
        _says_long(it, {}) for it in others
    )


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"), str(path))
    except (SyntaxError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no valid Python: {error}", "mend it") from error


def _functions(tree: ast.Module) -> Iterator[_Function]:
    return (node for node in tree.body if isinstance(node, _Function))


def _ids(path: Path, function: _Function) -> Iterator[str]:
    for decorator in function.decorator_list:
        for argument in _arguments(decorator):
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                where = f"{path}:{argument.lineno}: {function.name}"
                raise ConfigError(
                    f"{where}: a criterion's id must be written out",
                    f'for example @pytest.mark.{MARKER}("FR-1.1")',
                )
            yield argument.value


def _arguments(decorator: ast.expr) -> list[ast.expr]:
    if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
        return []
    return decorator.args if decorator.func.attr == MARKER else []
