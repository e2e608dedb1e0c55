"""Whether a disk has the room that is needed."""

import shutil
from pathlib import Path

from harness.doctor.finding import Finding, Status

__all__ = ["space"]

_GB = 10**9


def space(name: str, place: Path, needed: int, wanted: int, mend: str) -> Finding:
    """Compare what is free at a place with what is needed there, and what is comfortable; bytes."""
    free = shutil.disk_usage(place).free
    detail = f"{free / _GB:.0f} GB free at {place}"
    if free < needed:
        return Finding(name, Status.MISSING, f"{detail}; {needed / _GB:.0f} are needed", mend)
    if free < wanted:
        return Finding(name, Status.WARN, f"{detail}; {wanted / _GB:.0f} are comfortable", mend)
    return Finding(name, Status.OK, detail)
