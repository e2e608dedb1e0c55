"""Options that several commands share."""

import math
from pathlib import Path
from typing import Annotated

from typer import BadParameter, Option

__all__ = ["AsJson", "Deadline", "Environment", "ProjectDir", "finite"]


def finite(seconds: float) -> float:
    """Return the number; after neither nan nor inf seconds does anything end.

    Raises:
        BadParameter: It is one of them.
    """
    if not math.isfinite(seconds):
        raise BadParameter(f"{seconds:g} is not a finite number of seconds.")
    return seconds


ProjectDir = Annotated[
    Path | None,
    Option(
        "--project",
        metavar="DIR",
        envvar="HARNESS_PROJECT",
        help="Work on the checkout in DIR instead of the current one.",
    ),
]

AsJson = Annotated[
    bool, Option("--json", help="Print JSON to standard output; what happens goes to stderr.")
]

Deadline = Annotated[
    float,
    Option(
        "--deadline",
        min=1,
        callback=finite,
        envvar="LOA_DEADLINE",
        help="Seconds that a release is given to answer well.",
    ),
]

Environment = Annotated[
    str,
    Option(
        "--environment",
        metavar="NAME",
        help="staging or production, as harness.toml calls them.",
        show_default="production",
    ),
]
