"""What port 3000 says of a layer that does not load, in the same words whoever reloads."""

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["NO_ANSWER", "SILENT", "error_of", "instead", "is_silent", "readable"]

NO_ANSWER = "the gateway does not answer"
"""Port 3000 says it of a gateway that is asked in vain; one that served may do so again."""
SILENT = "does not answer yet"
"""Said of a layer that loads and is not heard of: it may be slow, or hang."""

_FAILED = re.compile(r"failed to load from \S+: (?:Error: )?(?P<text>.+)")
# Jiti names the place behind the error, Node the files that asked for a module that is missing.
_PLACE = re.compile(
    r"(?: Require stack: -)? /workspace/(?P<file>[^\s:]+\.(?:[cm]?[jt]sx?|json))(?::(?P<line>\d+))?"
)


def readable(error: str) -> str:
    """Return `FILE:LINE: what is wrong`, as far as the error names them; another one as it is.

    Args:
        error: Why a layer does not serve; where entr reloads, a line of the gateway's log.
    """
    failed = _FAILED.search(error)
    if failed is None:
        return error
    text = failed["text"]
    place = _PLACE.search(text)
    if place is None:
        return text
    at = ":".join(filter(None, (place["file"], place["line"])))
    return f"{at}: {text[: place.start()]}"


def error_of(health: Mapping[str, Any]) -> str | None:
    """Return why the newest save does not serve, if it does not; a stranger's may be anything."""
    found = health.get("error")
    return readable(found) if isinstance(found, str) and found else None


def is_silent(health: Mapping[str, Any]) -> bool:
    """Whether the newest save loads and does not answer yet, whatever becomes of it."""
    return health.get("silent") is True


def instead(*, serves: bool) -> str:
    """Say what answers while the newest save does not."""
    return "the one before goes on serving" if serves else "nothing serves until a save loads"
