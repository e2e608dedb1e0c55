"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

from typer import Option

__all__ = ["AsJson", "Deadline", "Environment", "ProjectDir"]

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
