"""Files that are written whole or not at all, whoever is killed meanwhile."""

import os
import tempfile
from pathlib import Path

__all__ = ["replace"]


def replace(path: Path, text: str) -> None:
    """Give a file this content in one step; it is its owner's alone to read."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
