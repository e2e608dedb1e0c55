"""Names of images, as the engine takes them."""

import re

__all__ = ["by_digest", "is_reference", "repository"]

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::\d+)?"
_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*"
    r"(?::\w[\w.-]{0,127})?(?:@[a-zA-Z][\w+.-]*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)


def is_reference(text: str) -> bool:
    """Whether an engine takes the text for an image's name; host, tag and digest may be there."""
    return _REFERENCE.fullmatch(text) is not None


def repository(reference: str) -> str:
    """Return an image's name without its tag and its digest."""
    head, slash, tail = reference.partition("@")[0].rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def by_digest(reference: str, digest: str) -> str:
    """Return an image's name with a digest in place of its tag."""
    return f"{repository(reference)}@{digest}"
