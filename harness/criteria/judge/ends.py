"""How commands end."""

from collections.abc import Iterable

__all__ = ["STARTED", "ending", "not_started"]

STARTED = (0, None)
"""The exit statuses of a `make dev` that brought something up; None is one that stays."""


def ending(command: str, status: int | None) -> str:
    """Say how a command ended; without a status it did not."""
    return f"{command} does not end" if status is None else f"{command} ends with {status}"


def not_started(status: int | None, said: Iterable[str], *, healthy: bool) -> str:
    """Say how a `make dev` ended that did not bring an environment up, with its last lines."""
    end = ending("make dev", status) + ("" if healthy else " and nothing is healthy")
    return f"{end}: {' / '.join(said)}"
