"""How an environment is switched to a new release: one interface, more than one way."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness.cloudflare.journal import Step
from harness.cloudflare.record import Phase
from harness.cloudflare.serving import Candidate, Live

if TYPE_CHECKING:
    from harness.cloudflare.release import Release

__all__ = ["STRATEGIES", "AtOnce", "AtZeroFirst", "Change", "Strategy", "choose"]


@dataclass(frozen=True)
class Change:
    """What a release changes.

    Attributes:
        live: What serves now; None before the first release.
        candidate: What is to serve.
        migrates: Whether it brings a Durable Object migration.
    """

    live: Live | None
    candidate: Candidate
    migrates: bool = False

    @property
    def is_code_only(self) -> bool:
        """Whether the container stays as it is."""
        return self.live is not None and self.live.image == self.candidate.image


class Strategy(Protocol):
    """One way to switch."""

    name: str

    def fits(self, change: Change) -> bool:
        """Whether a change can be made this way."""

    def steps(self, release: "Release", candidate: Candidate) -> list[Step]:
        """Return its steps; whatever they leave, `WayBack` undoes."""


class AtZeroFirst:
    """The new version gets no request but ours until it was found well.

    Cloudflare takes no migration this way, and no other container: there is one for all versions.
    """

    name = "at 0 % first"

    def fits(self, change: Change) -> bool:
        """See `Strategy`."""
        return change.is_code_only and not change.migrates

    def steps(self, release: "Release", candidate: Candidate) -> list[Step]:
        """See `Strategy`."""
        return [
            Step(Phase.SWITCHING, "uploading", lambda: release.upload(candidate)),
            Step(Phase.SWITCHING, "deploying at 0 %", release.stand_by),
            Step(Phase.SWITCHING, "asking it at 0 %", lambda: release.ask_new(alone=True)),
            Step(Phase.SWITCHING, "promoting", release.promote),
            Step(Phase.ASKING, "asking it", release.ask_new),
        ]


class AtOnce:
    """Worker and container are replaced, then asked: what staging cannot see, users may."""

    name = "at once"

    def fits(self, change: Change) -> bool:  # noqa: ARG002 -- it fits every change
        """See `Strategy`."""
        return True

    def steps(self, release: "Release", candidate: Candidate) -> list[Step]:
        """See `Strategy`."""
        return [
            Step(Phase.SWITCHING, "deploying", lambda: release.deploy(candidate)),
            Step(Phase.ASKING, "asking it", release.ask_new),
        ]


STRATEGIES: tuple[Strategy, ...] = (AtZeroFirst(), AtOnce())
"""Every strategy; the first that fits a change is taken."""


def choose(change: Change) -> Strategy:
    """Return the strategy for a change."""
    return next(it for it in STRATEGIES if it.fits(change))
