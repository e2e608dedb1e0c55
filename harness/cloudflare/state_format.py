"""The format of the state that a release leaves to the next one, or to the one before it."""

import re
from pathlib import Path

from harness import process

__all__ = ["format_at", "format_of"]

_FILE = "deploy/health/backup.mjs"
_CONSTANT = re.compile(r"^(?:export )?const SCHEMA = (\d+);", re.MULTILINE)


def format_of(root: Path) -> str:
    """Return the format that a checkout writes; empty if it says none."""
    path = root / _FILE
    return _format(path.read_text(encoding="utf-8")) if path.is_file() else ""


def format_at(root: Path, commit: str) -> str:
    """Return the format that a commit of a checkout reads; empty if git does not know it."""
    done = process.run(["git", "-C", root, "show", f"{commit}:{_FILE}"], check=False)
    return _format(done.stdout) if done.ok else ""


def _format(text: str) -> str:
    found = _CONSTANT.search(text)
    return found[1] if found else ""
