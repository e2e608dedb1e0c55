"""The mutants that are known to survive, each with the reason why no check that reads sees it."""

import tomllib
from pathlib import Path

__all__ = ["explained"]

_FILE = Path(__file__).with_name("survivors.toml")


def explained() -> dict[str, str]:
    """Return the reason of each, by the mutant's key."""
    found: dict[str, str] = tomllib.loads(_FILE.read_text(encoding="utf-8"))["survivors"]
    return found
