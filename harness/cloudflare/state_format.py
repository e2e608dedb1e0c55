"""The format of the state that a release leaves to the next one, or to the one before it."""

import re
from pathlib import Path

from harness import process
from harness.process import Completed

__all__ = ["format_at", "format_of"]

_FILE = "deploy/health/backup.mjs"
_CONSTANT = re.compile(r"^(?:export )?const SCHEMA = (\d+);", re.MULTILINE)


def format_of(root: Path) -> str:
    """Return the format that a checkout writes; empty if it says none."""
    path = root / _FILE
    return _format(path.read_text(encoding="utf-8")) if path.is_file() else ""


def format_at(root: Path, commit: str) -> str | None:
    """Return the format that a commit of a checkout reads; empty if it says none.

    None where git does not know the commit, as in a clone without its history.
    """
    if not _git(root, "cat-file", "-e", f"{commit}^{{commit}}").ok:
        return None
    done = _git(root, "show", f"{commit}:./{_FILE}")
    return _format(done.stdout) if done.ok else ""


def _git(root: Path, *words: str) -> Completed:
    return process.run(["git", "-C", root, *words], check=False)


def _format(text: str) -> str:
    found = _CONSTANT.search(text)
    return found[1] if found else ""
