"""What a Python program starts and connects to, written down by the program itself.

As `sitecustomize` in a directory of PYTHONPATH, every Python loads this file as it starts; so it
imports nothing of ours.
"""

import os
import sys

__all__ = ["LOG", "install"]

LOG = "HARNESS_AUDIT_LOG"
"""The variable that names the file; where it is not set, nothing is written down."""

_EVENTS = frozenset({"subprocess.Popen", "os.posix_spawn", "os.system", "socket.connect"})
_LONGEST = 200


def install() -> None:
    """Begin; it cannot be ended, and goes on in forks of this process."""
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[object, ...]) -> None:
    """Python calls this before it does anything of the kind, whoever wants it."""
    log = os.environ.get(LOG) if event in _EVENTS else None
    if log:
        told = repr(arguments[:2])[:_LONGEST].replace("\n", " ")
        with open(log, "a", encoding="utf-8") as file:  # noqa: PTH123 -- pathlib would load here
            file.write(f"{event} {told}\n")


if __name__ == "sitecustomize":
    install()
