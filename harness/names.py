"""The labels by which the harness knows its own containers, networks and volumes."""

import socket
from typing import Any

from harness.owner import Owner

__all__ = [
    "CHECKOUT",
    "COMPOSE_PROJECT",
    "FINGERPRINT",
    "FORWARDED",
    "HOST",
    "KIND",
    "LINK",
    "OWNER",
    "SYNCED",
    "labels_of",
    "of_run",
]

CHECKOUT = "loa-harness.checkout"
"""The checkout's directory."""

COMPOSE_PROJECT = "com.docker.compose.project"
"""The compose project's name; it is compose's own label, of all that compose makes."""

KIND = "loa-harness.kind"
"""`dev` for daily work, `acceptance` for a run of the checks."""

OWNER = "loa-harness.owner"
"""The process that an acceptance stack belongs to; when it is gone, so is the stack."""

FINGERPRINT = "loa-harness.fingerprint"
"""What the stack was made from."""

HOST = "loa-harness.host"
"""The machine that the checkout is on; an engine elsewhere may serve several."""

FORWARDED = "loa-harness.forwarded"
"""Ports of that machine that the harness leads to the container, as `3000:3000 18789:18789`, where
what the engine publishes cannot be reached from it."""

SYNCED = "loa-harness.synced"
"""Directories of the checkout that the harness copies to the engine, where it cannot mount them: a
JSON object by where each one is in the container."""

LINK = "loa-harness.link"
"""The compose project that a container copies files and leads ports for, beside its own."""


def labels_of(thing: Any) -> dict[str, str]:  # noqa: ANN401 -- the SDK's models have no common type
    """Return the labels of a container, network, volume or image."""
    attributes = thing.attrs
    return attributes.get("Config", attributes).get("Labels") or {}


def of_run() -> dict[str, str]:
    """Return the labels of what is this process's own, by which a sweep knows whether it is left.

    The machine is named too: another one on the same engine cannot tell whether the process lives.
    """
    return {KIND: "acceptance", OWNER: str(Owner.me()), HOST: socket.gethostname()}
