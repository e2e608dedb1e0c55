"""What the gateway logs of a layer that did not load, in the words of the handover's reloader."""

import re

__all__ = ["readable"]

_FAILED = re.compile(r"failed to load from \S+: (?:Error: )?(?P<text>.+)")
# Jiti names the place behind the error, Node the files that asked for a module that is missing.
_PLACE = re.compile(
    r"(?: Require stack: -)? /workspace/(?P<file>[^\s:]+\.(?:[cm]?[jt]sx?|json))(?::(?P<line>\d+))?"
)


def readable(error: str) -> str:
    """Return `FILE:LINE: what is wrong`, as far as the line names them; another line as it is.

    Args:
        error: The gateway's line, or any other reason of a layer that does not serve.
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
