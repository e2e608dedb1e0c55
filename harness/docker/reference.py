"""Names of images, as the engine takes them."""

import re

from harness.errors import UsageError

__all__ = [
    "by_digest",
    "is_reference",
    "refuse_digest",
    "refuse_undigested",
    "repository",
    "tagged",
]

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::\d+)?"
_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*"
    r"(?::\w[\w.-]{0,127})?(?:@[a-zA-Z][\w+.-]*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


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


def tagged(reference: str) -> str:
    """Return an image's name with a tag: docker's own, `latest`, where it has none, nor a digest.

    An engine that is to push a name without one pushes whatever tags it has of that name.
    """
    return f"{reference}:latest" if reference == repository(reference) else reference


def refuse_digest(digest: str, option: str) -> None:
    """Refuse what is no image's digest; the option is the one that it was given with.

    Raises:
        UsageError: It is not `sha256:` and 64 digits.
    """
    if not _DIGEST.fullmatch(digest):
        raise UsageError(
            f"{option} {digest} is no digest",
            "give sha256: and its 64 digits, as `harness image verify` prints them",
        )


def refuse_undigested(image: str, option: str) -> None:
    """Refuse an image that its name does not fix: a tag may be another image by the next look.

    Raises:
        UsageError: It is no image's name, or has no whole digest.
    """
    _, at, digest = image.partition("@")
    if not at:
        advice = "add its digest, as `harness image verify` prints it"
        raise UsageError(f"{option} {image} names no digest", advice)
    if not (_DIGEST.fullmatch(digest) and is_reference(image)):
        raise UsageError(
            f"{option} {image} is no image by its digest", "give NAME@sha256: and its 64 digits"
        )
