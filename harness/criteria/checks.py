"""Which checks serve which criterion, read from the test files without running them.

A criterion passes only if all its checks ran. A run of one file or one test does not even load the
others, so what is declared is read from the sources: `@pytest.mark.criterion("FR-1.1")`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from harness.errors import ConfigError

__all__ = ["MARKER", "declared"]

MARKER = "criterion"

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
        for function in _functions(path):
            ids = tuple(_ids(path, function))
            if ids:
                found[f"{name}::{function.name}"] = ids
    return found


def _functions(path: Path) -> Iterator[_Function]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    except (SyntaxError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no valid Python: {error}", "mend it") from error
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
