"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

from typer import Option

__all__ = ["AsJson", "ProjectDir"]

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
