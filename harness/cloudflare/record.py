"""What is known of an environment's releases, kept outside the machine that makes them.

One object for each environment in an R2 bucket. It says what served before (PRE), what is to serve
(NEW), how far the release is, and who makes it: it is the lock too. Each write names the state that
it replaces, so of two writers one loses, and learns that.
"""

from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from harness.cloudflare.serving import Candidate, Live, Serving

__all__ = ["Past", "Phase", "Record", "Shelf", "StaleError"]

_REMEMBERED = 20


class Phase(StrEnum):
    """How far a release is; each is written down before what it names begins."""

    IDLE = "idle"
    """No release is under way."""

    HELD = "held"
    """The lock is taken; nothing was changed."""

    SWITCHING = "switching"
    """NEW is on its way: anything may serve."""

    ASKING = "asking"
    """NEW serves, and is asked whether it is well."""

    RETURNING = "returning"
    """PRE is on its way back: anything may serve."""

    UNSURE = "unsure"
    """NEW serves, and could not be asked; nobody takes it back for that alone."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Past(_Model):
    """A release that was found well.

    Attributes:
        release: Its name.
        serving: What it made serve.
        before: What served before it; None where nothing did.
    """

    release: str
    serving: Serving
    before: Serving | None = None

    @property
    def commit(self) -> str:
        """How the commit that it is of begins."""
        return self.release.rpartition("-")[2]


class Record(_Model):
    """What is known of an environment.

    Attributes:
        owner: Who makes the release; empty while it is nobody.
        beat: Goes on while the owner lives.
        phase: How far the release is.
        pre: What served before it; None where nothing did.
        changes: How often the container application had been changed before it.
        new: What is to serve; None where an old release is to serve again, see `again`.
        again: The old release that is to serve again.
        version: The version that NEW was uploaded as, once that is known.
        migrates: Whether NEW brings a Durable Object migration, behind which nothing leads back.
        past: Releases that were found well, the newest first.
    """

    owner: str = ""
    beat: int = 0
    phase: Phase = Phase.IDLE
    pre: Serving | None = None
    changes: int = 0
    new: Candidate | None = None
    again: Serving | None = None
    version: str = ""
    migrates: bool = False
    past: tuple[Past, ...] = ()

    @property
    def release(self) -> str:
        """The name of NEW; empty where an old release is to serve again."""
        return self.new.release if self.new else ""

    def released(self, past: Past) -> "Record":
        """Return the record after a release that was found well."""
        kept = (past, *(it for it in self.past if it.release != past.release))
        return self.freed().model_copy(update={"past": kept[:_REMEMBERED]})

    def freed(self) -> "Record":
        """Return the record with no release under way."""
        return Record(beat=self.beat, past=self.past)

    def known(self, version: str) -> Past | None:
        """Return the release that made a version serve."""
        return next((it for it in self.past if it.serving.version == version), None)

    def described(self, live: Live) -> Serving:
        """Return what is deployed, with what is known of it if a release made it serve."""
        known = self.known(live.version)
        if known and known.serving.image == live.image:
            return known.serving
        return Serving(version=live.version, image=live.image)


class StaleError(Exception):
    """Somebody else has written the record meanwhile."""


class Shelf(Protocol):
    """Where records are kept."""

    def read(self, environment: str) -> tuple[Record, str]:
        """Return an environment's record and the mark of its state; empty if there is none."""

    def write(self, environment: str, record: Record, replaces: str) -> str:
        """Write a record in place of a state, and return the new state's mark.

        Raises:
            StaleError: The state is another one by now.
        """
