"""How commands end."""

__all__ = ["STARTED", "ending"]

STARTED = (0, None)
"""The exit statuses of a `make dev` that brought something up; None is one that stays."""


def ending(command: str, status: int | None) -> str:
    """Say how a command ended; without a status it did not."""
    return f"{command} does not end" if status is None else f"{command} ends with {status}"
