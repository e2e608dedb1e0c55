"""The Worker's locked npm packages: wrangler, miniflare, TypeScript."""

import hashlib
from pathlib import Path

from harness.console import log
from harness.locks import locked
from harness.node import npm
from harness.paths import cache_dir

__all__ = ["install_packages"]

_STAMP = "node_modules/.harness-lock"


def install_packages(directory: Path) -> None:
    """Install what the lock in a directory says, unless that is what is there.

    Raises:
        ToolError: npm failed.
    """
    wanted = hashlib.sha256((directory / "package-lock.json").read_bytes()).hexdigest()
    stamp = directory / _STAMP
    with locked(cache_dir("locks") / f"npm-{wanted[:16]}"):
        if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
            return
        with log.step("installing wrangler as locked"):
            npm(["ci", "--no-audit", "--no-fund"], cwd=directory)
        stamp.write_text(wanted, encoding="ascii")
