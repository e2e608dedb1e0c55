"""Push an image that the engine has; a registry that is away for a moment is tried again."""

import re
from collections.abc import Callable
from typing import Any

import stamina

from harness.docker import followed
from harness.engine.model import Engine
from harness.errors import ImageError

__all__ = ["push"]

_ATTEMPTS = 4
_WAIT_SECONDS = 2.0
# Said by a registry that answers and means it: trying again changes nothing.
_FINAL = ("unauthorized", "denied", "no basic auth", "authentication required", "name unknown")
_SAID = re.compile(r": digest: (sha256:[0-9a-f]{64}) size: ")


class _AwayError(Exception):
    """The registry, or the way to it, ended the push; the message is the engine's."""


def push(
    engine: Engine,
    reference: str,
    on_progress: Callable[[str], None] = lambda _: None,
    *,
    login: tuple[str, str] | None = None,
) -> str:
    """Push an image and return its manifest's digest.

    The manifest, and with it the tag, comes last: a push that ends early publishes nothing.

    Args:
        engine: The engine that has the image, with its logins.
        reference: The image's name, registry and tag included.
        on_progress: Called with what the push is doing just now.
        login: User and password for the registry, in place of the engine's own.

    Raises:
        ImageError: The registry refuses, or is away in each of four attempts.
    """
    try:
        return _push(engine, reference, on_progress, login)
    except _AwayError as error:
        raise ImageError(
            f"{reference}: its registry was away in {_ATTEMPTS} attempts to push ({error})",
            "nothing stands under that tag that did not before; run the command again",
        ) from error


@stamina.retry(on=_AwayError, attempts=_ATTEMPTS, timeout=None, wait_initial=_WAIT_SECONDS)
def _push(
    engine: Engine,
    reference: str,
    on_progress: Callable[[str], None],
    login: tuple[str, str] | None,
) -> str:
    auth = {"username": login[0], "password": login[1]} if login else None
    digest = ""
    try:
        for line in engine.client.api.push(reference, stream=True, decode=True, auth_config=auth):
            _refuse(reference, line)
            digest = _digest(line) or digest
            if line.get("status"):
                on_progress(f"{line['status']} {line.get('progress', '')}".strip())
    except followed.ERRORS as error:
        raise _AwayError(str(error)) from error
    if not digest:
        raise _AwayError("the engine names no digest")
    return digest


def _digest(line: dict[str, Any]) -> str:
    """Return the digest that a line names; an engine with containerd's store only says it."""
    said = _SAID.search(line.get("status", ""))
    return (line.get("aux") or {}).get("Digest") or (said[1] if said else "")


def _refuse(reference: str, line: dict[str, Any]) -> None:
    text = " ".join(str(line.get("error", "")).split())
    if any(sign in text.lower() for sign in _FINAL):
        raise ImageError(f"{reference}: its registry refuses it ({text})", "log in: `docker login`")
    if text:
        raise _AwayError(text)
