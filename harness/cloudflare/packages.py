"""The Worker's locked npm packages: wrangler, miniflare, TypeScript."""

import hashlib
import os
import shutil
from pathlib import Path

from harness.console import log
from harness.locks import locked
from harness.node import npm
from harness.paths import cache_dir

__all__ = ["install_packages"]

_MODULES, _STAMP = "node_modules", ".harness-lock"
_SOURCES = ("package.json", "package-lock.json")


def install_packages(directory: Path) -> None:
    """Install what the lock in a directory says, unless that is what is there.

    npm is asked once for each lock; other checkouts get links to what it brought.

    Raises:
        ToolError: npm failed.
    """
    wanted = hashlib.sha256((directory / "package-lock.json").read_bytes()).hexdigest()
    modules = directory / _MODULES
    with locked(cache_dir("locks") / f"npm-{wanted[:16]}"):
        if _lock_of(modules) != wanted:
            _copy(_installed(directory, wanted), modules)
            _mark(modules, wanted)


def _installed(directory: Path, wanted: str) -> Path:
    store = cache_dir("npm", wanted[:16])
    if _lock_of(store / _MODULES) != wanted:
        for name in _SOURCES:
            shutil.copy2(directory / name, store / name)
        with log.step("installing wrangler as locked"):
            npm(["ci", "--include=dev", "--no-audit", "--no-fund"], cwd=store)
        _mark(store / _MODULES, wanted)
    return store / _MODULES


def _copy(store: Path, modules: Path) -> None:
    """Replace a directory; it is marked last, lest a part of it be taken for the whole."""
    (modules / _STAMP).unlink(missing_ok=True)
    shutil.rmtree(modules, ignore_errors=True)
    unmarked = shutil.ignore_patterns(_STAMP)
    shutil.copytree(store, modules, symlinks=True, ignore=unmarked, copy_function=_link)


def _mark(modules: Path, lock: str) -> None:
    (modules / _STAMP).write_text(lock, encoding="ascii")


def _lock_of(modules: Path) -> str:
    try:
        return (modules / _STAMP).read_text(encoding="ascii")
    except OSError:
        return ""


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)
