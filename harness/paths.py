"""Where the harness keeps what it made, outside every checkout."""

import os
from pathlib import Path

__all__ = ["cache_dir"]


def cache_dir(*parts: str) -> Path:
    """Return a directory under the user's cache, made if it is missing.

    `HARNESS_CACHE_DIR` wins, then `XDG_CACHE_HOME`, then `~/.cache`. Everything in it can be
    deleted: it is made again, at the price of time. No link is in it: what is compared with it has
    been resolved by others.
    """
    base = os.environ.get("HARNESS_CACHE_DIR")
    root = Path(base) if base else _user_cache() / "loa-harness"
    path = root.joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()


def _user_cache() -> Path:
    configured = os.environ.get("XDG_CACHE_HOME")
    return Path(configured) if configured else Path.home() / ".cache"
