"""What became of a container that does not run."""

import re
import signal
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from docker.models.containers import Container

__all__ = ["advice", "how_it_ended"]

_BY_SIGNAL = 128
_KILLED = _BY_SIGNAL + signal.SIGKILL


def how_it_ended(container: Container) -> str:
    """Return how and when, in a few words that begin with "the container"."""
    state = container.attrs["State"]
    if state["Status"] == "restarting":
        count = container.attrs.get("RestartCount", 0)
        return f"the container {_ended(state)}, and is started again, {count} times so far"
    if state["Status"] == "created":
        why = f": {state['Error']}" if state.get("Error") else ""
        return f"the container was made, and never started{why}"
    if state["Status"] == "running":
        return "the container runs, but publishes no ports: it was not started by the harness"
    if state["Status"] == "paused":
        return "the container is paused"
    return f"the container {_ended(state)}"


def advice(container: Container) -> str:
    """Return what to do about it."""
    if container.attrs["State"]["Status"] == "paused":
        return f"let it go on with `docker unpause {container.name}`"
    return "`harness logs` shows its last lines, `make dev` starts it again"


def _ended(state: Mapping[str, Any]) -> str:
    status, when = state["ExitCode"], _when(state)
    if state["OOMKilled"] and status == _KILLED:
        return f"was killed for memory at its limit{when}"
    also = ", after something in it was killed for memory" if state["OOMKilled"] else ""
    return f"ended with status {status}{_signal(status)}{when}{also}"


def _signal(status: int) -> str:
    with suppress(ValueError):
        return f" ({signal.Signals(status - _BY_SIGNAL).name})"
    return ""


def _when(state: Mapping[str, Any]) -> str:
    """Say the time of this machine's clock, if the engine says one; it writes nanoseconds."""
    text = re.sub(r"(\.\d{1,6})\d*", r"\1", str(state.get("FinishedAt", "")))
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(text)
        # The engine's word for never.
        return f" at {at.astimezone():%Y-%m-%d %H:%M:%S}" if at.year > 1 else ""
    return ""
