"""The way back to what served before a release: Worker and image together, and nothing else's."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.cloudflare.api import ApiError
from harness.cloudflare.journal import Journal, Step
from harness.cloudflare.record import Phase, Record
from harness.cloudflare.serving import Live, Serving
from harness.cloudflare.site import Site
from harness.cloudflare.smoke import Expected, Outcome
from harness.cloudflare.wrangler import WranglerError
from harness.console import log
from harness.errors import HarnessError, ReleaseError
from harness.poll import until_due

__all__ = ["BACK_SECONDS", "Ending", "WayBack", "have_serve", "may_come_late"]

BACK_SECONDS = 60.0
"""How long what served before is given to answer well again."""

_LOOKS = 12
# More than wrangler can have had under way at once: then it is another's doing, or a stale answer.
_ROUNDS = 3


@dataclass(frozen=True)
class Ending:
    """What came of a release that did not end by itself.

    Attributes:
        said: That in words; empty if nothing was left to do.
        is_new: Whether the new release serves on.
        outcome: What the last look at what serves showed; passed if nobody had to look.
    """

    said: str = ""
    is_new: bool = False
    outcome: Outcome = Outcome.PASSED


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

    def go(self, seconds: float = BACK_SECONDS, *, late: bool = False) -> Ending:
        """Have PRE serve again if it does not, and return what came of it.

        Args:
            seconds: How long PRE is given to answer well.
            late: Whether what the release has begun may still be carried out, see `may_come_late`.

        Raises:
            HarnessError: It cannot be done yet; the record stays for the next try.
        """
        try:
            return self._go(seconds, late=late)
        except KeyboardInterrupt:  # somebody insists
            what = "the way back is not done yet; run `harness recover`"
            log.warn(f"{self._journal.environment}: {what}")
            raise

    def _go(self, seconds: float, *, late: bool) -> Ending:
        pre, live = self._record.pre, self._site.live()
        if pre is None or live is None:
            self._journal.close(self._record.freed())
            return Ending("nothing served before, so there is nothing to go back to")
        if not self._is_untouched(live, pre):
            return self._return(pre, live, seconds, late=late)
        strayed = self._strayed(lambda it: self._is_untouched(it, pre)) if late else None
        if strayed is not None:
            return self._return(pre, strayed, seconds, late=late)
        self._journal.close(self._record.freed())
        return Ending("what served before serves on")

    def _return(self, pre: Serving, live: Live, seconds: float, *, late: bool) -> Ending:
        """Bring PRE back, and again while a call that was cut off is carried out after all."""
        strayed: Live | None = live
        for _ in range(_ROUNDS):
            if strayed is None:
                break
            self._leave_strangers_alone(strayed, pre)
            if self._record.migrates and strayed.version != pre.version:
                return self._go_on(strayed)
            self._journal.walk(
                [
                    Step(Phase.RETURNING, "the Worker back", lambda: self._worker_back(pre)),
                    Step(Phase.RETURNING, "the image back", lambda: self._image_back(pre)),
                ]
            )
            strayed = self._strayed(lambda it: _is_back(it, pre)) if late else None
        return self._asked(pre, seconds)

    def _strayed(self, is_right: Callable[[Live], bool]) -> Live | None:
        """Look for as long as a call may be late, and return what serves once that is not right."""
        with log.step(f"{self._journal.environment}: waiting for calls that were cut off"):
            for _ in range(_LOOKS):
                until_due(time.monotonic() + self._site.settling / _LOOKS)
                live = self._site.live()
                if live is not None and not is_right(live):
                    return live
        return None

    def _is_untouched(self, live: Live, pre: Serving) -> bool:
        return live.is_all(pre) and live.changes == self._record.changes

    def _leave_strangers_alone(self, live: Live, pre: Serving) -> None:
        """Refuse to replace what somebody else has deployed meanwhile; setting a secret is none."""
        known = {pre.version, self._record.version}
        base = live.version if live.version in known else self._site.base_of(live.version)
        if base in known or self._site.is_of(base, self._record.release):
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
        try:
            found = self._site.ask(Expected(pre.version, pre.revision), seconds=seconds)
            outcome, but = found.outcome, f"the last look at it says {found.last.line}"
        except HarnessError as error:  # it is back all the same
            outcome, but = Outcome.INCONCLUSIVE, f"it could not be asked: {error.message}"
        self._journal.close(self._record.freed())
        if outcome is Outcome.PASSED:
            return Ending("what served before serves again, and is well")
        return Ending(f"what served before is back, but {but}", outcome=outcome)


def _is_back(live: Live, pre: Serving) -> bool:
    return live.versions == ((pre.version, 100.0),) and pre.image in {"", live.image}


def may_come_late(error: BaseException) -> bool:
    """Whether what ended so may still be carried out: nobody has said that it was refused."""
    if isinstance(error, WranglerError):
        return error.passing
    return not isinstance(error, ApiError | ReleaseError)


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
