"""Whether a person who types `harness` is understood, and how to get there."""

import shutil
import sys
from pathlib import Path

__all__ = ["advice"]


def advice() -> str:
    """Say how `harness` alone is found; nothing where it is, or where that is not known."""
    activate = Path(sys.prefix) / "bin/activate"
    if shutil.which("harness") or not activate.is_file():
        return ""
    here = Path.cwd()
    shown = activate.relative_to(here) if activate.is_relative_to(here) else activate
    return f"`harness` is in {shown.parent}; `. {shown}` puts it on the PATH"
