"""The record of a release under way: written before each step, and held against others."""

import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from harness.beside import beside
from harness.cloudflare.record import Phase, Record, Shelf, StaleError
from harness.console import log
from harness.errors import ReleaseError
from harness.owner import Owner
from harness.poll import PollTimeoutError, until

__all__ = ["BEAT", "LEASE", "Journal", "Step", "TakenOverError", "identity"]

LEASE = 30.0
"""Seconds without a beat after which an owner counts as dead."""

BEAT = 8.0
"""Seconds between two beats."""

_LOOK = 0.5


class TakenOverError(ReleaseError):
    """Another process finishes this release; nothing may be changed any more."""


@dataclass(frozen=True)
class Step:
    """One step of a release: small, and harmless when it is done again.

    Attributes:
        phase: What the record says while it goes on.
        title: What it does, for people.
        run: Does it.
    """

    phase: Phase
    title: str
    run: Callable[[], None]


class Journal:
    """An environment's record, owned by this process from `take` on.

    Args:
        shelf: Where it is kept.
        environment: Whose it is.
        owner: Who we are.
        lease: Seconds to wait for a sign of life from another owner.
    """

    def __init__(self, shelf: Shelf, environment: str, owner: str, *, lease: float = LEASE) -> None:
        self._shelf = shelf
        self._owner = owner
        self._lease = lease
        self._guard = threading.RLock()
        self._mark = ""
        self.environment = environment
        self.record = Record()

    def take(self) -> Record:
        """Make the record ours, and return it as it was: unfinished, if a release was killed.

        Raises:
            ReleaseError: Another release is under way.
        """
        found, mark = self._shelf.read(self.environment)
        if found.owner and found.owner != self._owner and not _is_over(found.owner):
            found, mark = self._wait_for_its_end(found, mark)
        phase = Phase.HELD if found.phase is Phase.IDLE else found.phase
        self._mark = mark
        self.record = found
        self.note(owner=self._owner, phase=phase)
        return self.record

    def look(self) -> Record:
        """Return the record as it is, and leave it to whoever has it."""
        return self._shelf.read(self.environment)[0]

    def note(self, **changes: Any) -> None:  # noqa: ANN401 -- fields of the record
        """Write changes of the record down before anything else happens.

        Raises:
            TakenOverError: Somebody else took the release over.
        """
        with self._guard:
            changes.setdefault("beat", self.record.beat + 1)
            self._write(self.record.model_copy(update=changes))

    def close(self, record: Record) -> None:
        """Write the end of the release, and let others at it."""
        with self._guard:
            beat = self.record.beat + 1
            self._write(record.model_copy(update={"owner": "", "beat": beat}))

    def walk(self, steps: Sequence[Step]) -> None:
        """Take steps one after another, each written down before."""
        for step in steps:
            self.note(phase=step.phase)
            with log.step(f"{self.environment}: {step.title}"):
                step.run()

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Give signs of life while the block runs, as long as the record is ours."""

        def beat(over: threading.Event) -> None:
            while not over.wait(BEAT):
                try:
                    self._beat()
                except TakenOverError:
                    return
                except ReleaseError as error:  # the next beat may get through
                    log.note(str(error))

        with beside(beat):
            yield

    def _beat(self) -> None:
        with self._guard:
            if self.record.owner:
                self.note()

    def _write(self, record: Record) -> None:
        try:
            self._mark = self._shelf.write(self.environment, record, self._mark)
        except StaleError:
            self._write_over_ours(record)
        self.record = record

    def _write_over_ours(self, record: Record) -> None:
        """Write where a write of ours was done after all, though its answer never came.

        Raises:
            TakenOverError: It is somebody else's that is there.
        """
        found, mark = self._shelf.read(self.environment)
        try:
            if found.owner == self._owner:
                self._mark = self._shelf.write(self.environment, record, mark)
                return
        except StaleError:
            pass
        raise TakenOverError(
            f"{self.environment}: another release has taken over, and this one stops here",
            "see what it says",
        )

    def _wait_for_its_end(self, found: Record, mark: str) -> tuple[Record, str]:
        """Watch for a beat: no clock but ours is asked, so that none can be wrong."""

        def changed() -> tuple[Record, str] | None:
            seen = self._shelf.read(self.environment)
            return seen if seen[1] != mark else None

        try:
            with log.step(f"{self.environment}: waiting for a sign of life from {found.owner}"):
                now, fresh = until(changed, seconds=self._lease, what="a beat", every=_LOOK)
        except PollTimeoutError:
            return found, mark
        if now.owner:
            raise self._busy(now)
        return now, fresh

    def _busy(self, found: Record) -> ReleaseError:
        return ReleaseError(
            f"{self.environment}: a release by {found.owner} is under way ({found.phase}); "
            "nothing was changed",
            "run the command again when it has ended",
        )


def identity() -> str:
    """Return who we are: the job of a workflow's run, or a process on a machine."""
    run = os.environ.get("GITHUB_RUN_ID")
    if run:
        job = os.environ.get("GITHUB_JOB", "")
        return f"run {run}.{os.environ.get('GITHUB_RUN_ATTEMPT', '1')} {job}"
    return f"{socket.gethostname()} {Owner.me()}"


def _is_over(owner: str) -> bool:
    """Whether it is sure, without waiting, that an owner will change nothing more."""
    host, _, rest = owner.partition(" ")
    if host == "run":
        # Jobs of one run follow each other: `recover` begins when the release's job has ended.
        return identity().startswith(f"run {rest.partition('.')[0]}.")
    try:
        process = Owner.parse(rest)
    except ValueError:
        return False
    # The boot is compared too: other machines may have the same name.
    return host == socket.gethostname() and process.is_of_here() and not process.alive()
