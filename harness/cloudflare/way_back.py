"""The way back to what served before a release: Worker and image together, and nothing else's."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.cloudflare.journal import Journal, Step
from harness.cloudflare.record import Phase, Record
from harness.cloudflare.serving import Live, Serving
from harness.cloudflare.site import Site
from harness.cloudflare.smoke import Expected, Outcome
from harness.console import log
from harness.errors import ReleaseError

__all__ = ["BACK_SECONDS", "Ending", "WayBack", "have_serve"]

BACK_SECONDS = 60.0
"""How long what served before is given to answer well again."""


@dataclass(frozen=True)
class Ending:
    """What came of a release that did not end by itself.

    Attributes:
        said: That in words; empty if nothing was left to do.
        is_new: Whether the new release serves on.
    """

    said: str = ""
    is_new: bool = False


class WayBack:
    """The way back from whatever a release has left in an environment.

    Args:
        site: The environment.
        journal: Its record, which this process has taken.
    """

    def __init__(self, site: Site, journal: Journal) -> None:
        self._site = site
        self._journal = journal

    @property
    def _record(self) -> Record:
        return self._journal.record

    def go(self, seconds: float = BACK_SECONDS) -> Ending:
        """Have PRE serve again if it does not, and return what came of it.

        Args:
            seconds: How long PRE is given to answer well.

        Raises:
            HarnessError: It cannot be done yet; the record stays for the next try.
        """
        pre, live = self._record.pre, self._site.live()
        if pre is None or live is None:
            self._journal.close(self._record.freed())
            return Ending("nothing served before, so there is nothing to go back to")
        if self._is_untouched(live, pre):
            self._journal.close(self._record.freed())
            return Ending("what served before serves on")
        self._leave_strangers_alone(live, pre)
        if self._record.migrates and live.version != pre.version:
            return self._go_on(live)
        self._journal.walk(
            [
                Step(Phase.RETURNING, "the Worker back", lambda: self._worker_back(pre)),
                Step(Phase.RETURNING, "the image back", lambda: self._image_back(pre)),
            ]
        )
        return self._asked(pre, seconds)

    def _is_untouched(self, live: Live, pre: Serving) -> bool:
        return live.is_all(pre) and live.changes == self._record.changes

    def _leave_strangers_alone(self, live: Live, pre: Serving) -> None:
        """Refuse to replace what somebody else has deployed meanwhile."""
        known = {pre.version, self._record.version}
        if live.version in known or self._site.is_of(live.version, self._record.release):
            return
        self._journal.close(self._record.freed())
        raise ReleaseError(
            f"somebody else has deployed {live.version} meanwhile, which is left as it is",
            "look at it, then use `harness rollback RELEASE` or `harness deploy`",
        )

    def _worker_back(self, pre: Serving) -> None:
        live = self._site.live()
        if live is None or live.versions != ((pre.version, 100.0),):
            have_serve(self._site, pre, "back to what served before")

    def _image_back(self, pre: Serving) -> None:
        live = self._site.live()
        if pre.image and (
            live is None or live.image != pre.image or live.changes != self._record.changes
        ):
            self._site.roll_out(pre.image)

    def _go_on(self, live: Live) -> Ending:
        """Have the new image serve with its Worker, which may have been all that came so far."""
        new = self._record.new
        if new and live.application:
            step = Step(Phase.RETURNING, "the new image", lambda: self._site.roll_out(new.image))
            self._journal.walk([step])
        self._journal.close(self._record.freed())
        said = "nothing leads back behind a Durable Object migration: the new one serves on"
        return Ending(said, is_new=True)

    def _asked(self, pre: Serving, seconds: float) -> Ending:
        found = self._site.ask(Expected(pre.version, pre.revision), seconds=seconds)
        self._journal.close(self._record.freed())
        if found.outcome is Outcome.PASSED:
            return Ending("what served before serves again, and is well")
        return Ending(f"what served before is back, but the last look at it says {found.last.line}")


def have_serve(site: Site, serving: Serving, why: str) -> None:
    """Give a release's Worker all requests, and warn of the secrets that are old again by that.

    Args:
        site: The environment.
        serving: The release; its image is not touched.
        why: What Cloudflare shows beside the deployment.

    Raises:
        HarnessError: It cannot be done.
    """
    _warn_of(site.serve([(serving.version, 100.0)], why))


def _warn_of(secrets: Sequence[str]) -> None:
    if secrets:
        log.warn(
            f"secrets that were changed since have their old values again: {', '.join(secrets)}; "
            "set them anew with `wrangler secret put`"
        )
