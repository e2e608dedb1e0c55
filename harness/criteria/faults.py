"""Why a check could not be made: a precondition that failed, or a thing that cannot be known."""

from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import HarnessError

__all__ = ["PreconditionError", "UnobservableError", "resting_on"]


class PreconditionError(Exception):
    """What a check rests on did not come about.

    Args:
        criterion: The criterion that says it must, and so carries the failure; None where it is
            nothing that the project promises, such as an engine on this machine.
        reason: What went wrong.
    """

    def __init__(self, criterion: str | None, reason: str) -> None:
        super().__init__(reason)
        self.criterion = criterion
        self.reason = reason

    def __str__(self) -> str:
        if self.criterion is None:
            return self.reason
        return f"rests on {self.criterion}, which failed: {self.reason}"


class UnobservableError(Exception):
    """What the check looks at cannot be seen fairly here and now; the message says why."""


@contextmanager
def resting_on(criterion: str | None) -> Iterator[None]:
    """Say which criterion a known problem in the block is a failure of."""
    try:
        yield
    except HarnessError as error:
        raise PreconditionError(criterion, str(error)) from error
