"""The memory limits of the service, as compose resolves them and as the engine enforces them."""

import re
from collections.abc import Mapping
from typing import Any

from harness.criteria.facts.model import Facts
from harness.docker.stack import Stack

__all__ = ["ComposeFacts", "bytes_of", "observe"]

_SCALE = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}


class ComposeFacts(Facts):
    """Limits in bytes; None where none is set, -1 where it is unlimited.

    Attributes:
        model_memory: Memory, in the resolved compose model.
        model_memory_and_swap: Memory and swap together, there.
        engine_memory: Memory, of the running container.
        engine_memory_and_swap: Memory and swap together, of the running container.
    """

    model_memory: int | None
    model_memory_and_swap: int | None
    engine_memory: int | None
    engine_memory_and_swap: int | None


def observe(stack: Stack) -> ComposeFacts:
    """Ask compose and the engine."""
    service = stack.model()["services"][stack.project.config.compose.service]
    host = stack.container.attrs["HostConfig"]
    return ComposeFacts(
        model_memory=_memory(service),
        model_memory_and_swap=bytes_of(service.get("memswap_limit")),
        engine_memory=host["Memory"] or None,
        engine_memory_and_swap=host["MemorySwap"] or None,
    )


def bytes_of(value: object) -> int | None:
    """Read a size as compose writes it: a number of bytes, or "4g", "4GiB", "4096mb".

    Raises:
        ValueError: It is neither.
    """
    if value in {None, "", 0, "0"}:
        return None
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)\s*([bkmg]?)(?:i?b)?", str(value).strip().lower())
    if not match:
        raise ValueError(f"{value!r} is no size")
    return int(float(match[1]) * _SCALE[match[2]])


def _memory(service: Mapping[str, Any]) -> int | None:
    """Return the limit that compose applies: the one under `deploy` wins."""
    deploy = service.get("deploy") or {}
    limits = (deploy.get("resources") or {}).get("limits") or {}
    return bytes_of(limits.get("memory")) or bytes_of(service.get("mem_limit"))
