"""What a check found, and what it may look at."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from harness.engine.discover import Located, locate
from harness.engine.model import Engine
from harness.errors import HarnessError
from harness.project import Project

__all__ = ["Check", "Finding", "Status", "Subject", "examine"]


class Status(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        name: What was looked at, in a word or two.
        status: How it is; what is needed and not there, or of no use, is `missing`.
        detail: What was found.
        mend: The command or the step that mends it; empty if nothing has to be mended.
    """

    name: str
    status: Status
    detail: str
    mend: str = ""


@dataclass(frozen=True)
class Subject:
    """The machine, and the checkout on it if there is one.

    Attributes:
        project: The checkout.
    """

    project: Project | None

    @cached_property
    def located(self) -> Located | None:
        """The engine that answers; asking again would ask it again.

        Raises:
            EngineError: See `discover.locate`.
        """
        return locate()

    @cached_property
    def engine(self) -> Engine | None:
        """That engine, for its SDK client alone; None too where its address is an error."""
        try:
            located = self.located
        except HarnessError:
            return None
        if located is None:
            return None
        address = located.address
        return Engine(
            host=address.host,
            origin=address.origin,
            version=located.answer.version,
            program=Path("docker"),
            variables=address.variables,
        )


Check = Callable[[Subject], Iterable[Finding]]
"""Looks at one thing; a known problem may also be raised."""


def examine(subject: Subject, checks: Iterable[Check]) -> Iterator[Finding]:
    """Run the checks, and turn what they raise into findings of their name."""
    for check in checks:
        try:
            yield from check(subject)
        except HarnessError as error:
            name = check.__name__.replace("_", " ")
            yield Finding(name, Status.MISSING, error.message, error.advice)
