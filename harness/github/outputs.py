"""Outputs of a workflow's step, which later steps and jobs read."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["read", "write"]

_FILE = "GITHUB_OUTPUT"
_SET = re.compile(
    r"^(?P<name>[^=\n]+?)(?:<<(?P<end>[^\n]+)\n(?P<lines>.*?)\n?^(?P=end)$|=(?P<value>[^\n]*)$)",
    re.MULTILINE | re.DOTALL,
)


def write(values: Mapping[str, str]) -> None:
    """Hand values on; outside a workflow nobody is there to take them.

    Args:
        values: Texts of one line, by name; never a secret.
    """
    name = os.environ.get(_FILE)
    if name:
        with Path(name).open("a", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in values.items())


def read(path: Path) -> dict[str, str]:
    """Return what a step wrote into such a file, or into that of its variables, by name."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return {it["name"]: it["lines"] if it["end"] else it["value"] for it in _SET.finditer(text)}
