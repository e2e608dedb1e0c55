"""What can go wrong, and with which exit status the command then ends.

A known problem is a `HarnessError`: one line that says what is wrong and where, and one that says
what to do. Anything else that escapes is a bug and ends with status 3 and a traceback.
"""

from enum import IntEnum

__all__ = [
    "ConfigError",
    "EngineError",
    "ExitStatus",
    "GateError",
    "HarnessError",
    "ImageError",
    "InconclusiveError",
    "LayerError",
    "PortError",
    "ReleaseError",
    "StackError",
    "ToolError",
    "UsageError",
]


class ExitStatus(IntEnum):
    """The exit statuses of every command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    BUG = 3
    UNVERIFIED = 4
    INCONCLUSIVE = 5
    INTERRUPTED = 130


class HarnessError(Exception):
    """A known problem.

    Args:
        message: What is wrong, and where.
        advice: What to do about it; empty only where the message already says so.
    """

    exit_status = ExitStatus.FAILED

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}; {self.advice}" if self.advice else self.message


class UsageError(HarnessError):
    """The command was called in a way that cannot be meant."""

    exit_status = ExitStatus.USAGE


class ConfigError(HarnessError):
    """harness.toml, the environment or .env.local says something that cannot be used."""

    exit_status = ExitStatus.USAGE


class EngineError(HarnessError):
    """No Docker engine answers, and none can be started."""


class ImageError(HarnessError):
    """An image is missing, does not fit, or cannot be built."""


class GateError(HarnessError):
    """Evidence that a release needs is missing."""


class ReleaseError(HarnessError):
    """A release cannot begin, or did not end as it should; the message says what serves now."""


class InconclusiveError(ReleaseError):
    """What was released could not be asked, so nobody knows whether it is well."""

    exit_status = ExitStatus.INCONCLUSIVE


class PortError(HarnessError):
    """A port is taken by something that does not give way."""


class StackError(HarnessError):
    """The environment did not come up, or is not there."""


class LayerError(StackError):
    """The environment is up, but its layer does not load; the next save is taken up."""


class ToolError(HarnessError):
    """An outside program ended with an error.

    Args:
        message: What was tried, and how it ended.
        advice: What to do about it.
        output: The last lines that the program printed, for the log.
    """

    def __init__(self, message: str, advice: str = "", output: str = "") -> None:
        super().__init__(message, advice)
        self.output = output
