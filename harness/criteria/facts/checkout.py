"""A copy of the checkout made for one check, with names and ports of its own."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.config import FILE_NAME
from harness.fixtures.copy import working_copy
from harness.ports import any_free
from harness.project import Project

__all__ = ["changed_files", "fresh_copy", "snapshot"]

_NOT_OURS = frozenset({".git", ".harness"})


@contextmanager
def fresh_copy(
    project: Project, settings: Mapping[str, Mapping[str, str | int]] | None = None
) -> Iterator[Project]:
    """Copy the checkout, on ports that nobody uses, so that the developer's own stack is in no way.

    Args:
        project: The checkout.
        settings: What the copy's harness.toml says differently, by table and key.
    """
    # The pair is not held: whoever starts the copy's stack takes the same lock.
    with any_free() as ports:
        tables: dict[str, dict[str, Any]] = project.config.model_dump()
        tables["ports"] = ports._asdict()
    with working_copy(project) as copy:
        for table, values in (settings or {}).items():
            tables[table].update(values)
        (copy.root / FILE_NAME).write_text(_toml(tables), encoding="utf-8")
        # What was read before the file changed must not stay.
        yield Project(copy.root)


def snapshot(root: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a checkout, by its path; git's and the harness's apart."""
    return {str(path.relative_to(root)): _sha256(path) for path in _files(root)}


def changed_files(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Return the files that were changed, made or removed."""
    names = before.keys() | after.keys()
    return tuple(sorted(name for name in names if before.get(name) != after.get(name)))


def _files(directory: Path) -> Iterator[Path]:
    for path in directory.iterdir():
        if path.name in _NOT_OURS:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        elif path.is_file():
            yield path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _toml(tables: Mapping[str, Mapping[str, str | int]]) -> str:
    # A JSON string is a TOML string too, and the configuration holds nothing but texts and numbers.
    lines = []
    for table, values in tables.items():
        lines += [f"[{table}]", *(f"{key} = {json.dumps(it)}" for key, it in values.items())]
    return "\n".join(lines) + "\n"
