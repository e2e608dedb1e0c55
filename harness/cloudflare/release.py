"""One environment's release: over to the new one, or back to the one before.

Every step is written to the record before it is taken, so whoever finds a record of a release that
was killed knows enough to finish the way back.
"""

from harness.cloudflare.journal import Journal, Step, TakenOverError
from harness.cloudflare.record import Past, Phase, Record
from harness.cloudflare.serving import Candidate, Live, Serving
from harness.cloudflare.site import Site
from harness.cloudflare.smoke import Expected, Outcome, Result
from harness.cloudflare.strategy import Change, choose
from harness.cloudflare.way_back import (
    BACK_SECONDS,
    Ending,
    WayBack,
    have_serve,
    may_come_late,
)
from harness.console import log
from harness.errors import HarnessError, InconclusiveError, ReleaseError
from harness.interrupt import is_ending

__all__ = ["Release"]


class Release:
    """A release under way in one environment.

    Args:
        site: The environment.
        journal: Its record, which this process has taken.
        seconds: How long a release is given to answer well.
    """

    def __init__(self, site: Site, journal: Journal, *, seconds: float) -> None:
        self._site = site
        self._journal = journal
        self._seconds = seconds
        self._way_back = WayBack(site, journal)

    @property
    def _record(self) -> Record:
        return self._journal.record

    def run(self, candidate: Candidate, *, migrates: bool = False) -> Serving:
        """Release a candidate, and return what serves then.

        Raises:
            ReleaseError: It failed; the message says what serves now.
            InconclusiveError: It serves, and could not be asked.
        """
        live = self._site.live()
        self._remember(live, new=candidate, migrates=migrates)
        strategy = choose(Change(live, candidate, migrates))
        log.note(f"{self._journal.environment}: release {candidate.release!r}, {strategy.name}")
        self._walk(strategy.steps(self, candidate))
        serving = self._new()
        past = Past(release=candidate.release, serving=serving, before=self._record.pre)
        self._conclude(self._record.released(past), serving)
        return serving

    def run_again(self, serving: Serving) -> None:
        """Have an old release serve again, Worker and image together.

        Raises:
            ReleaseError: It failed; the message says what serves now.
            InconclusiveError: It serves, and could not be asked.
        """
        self._remember(self._site.live(), again=serving)
        steps = [
            Step(Phase.SWITCHING, "the Worker", lambda: self._serve(serving)),
            Step(Phase.SWITCHING, "the image", lambda: self._site.roll_out(serving.image)),
            Step(Phase.ASKING, "asking it", self.ask_new),
        ]
        self._walk(steps)
        self._conclude(self._record.freed(), serving)

    def finish(self, seconds: float = BACK_SECONDS) -> Ending:
        """Finish what a killed release left, and return what came of it.

        Args:
            seconds: How long what serves then is given to answer well.

        Raises:
            HarnessError: It cannot be finished yet; the record stays for the next try.
        """
        phase = self._record.phase
        if phase in {Phase.IDLE, Phase.HELD}:
            self._journal.close(self._record.freed())
            return Ending()
        if phase is Phase.UNSURE and self._is_well_by_now(seconds):
            return Ending("the release that could not be asked is well", is_new=True)
        # Who was killed may have been so a moment ago, also while it waited on its way back.
        late = phase in {Phase.SWITCHING, Phase.RETURNING}
        return self._way_back.go(seconds, late=late)

    # The steps of strategies.

    def upload(self, candidate: Candidate) -> None:
        """Upload the candidate's Worker."""
        self._uploaded(self._site.upload(candidate), candidate)

    def deploy(self, candidate: Candidate) -> None:
        """Upload the candidate and let it serve."""
        self._uploaded(self._site.deploy(candidate), candidate)

    def stand_by(self) -> None:
        """Deploy the new version beside the old one, without requests."""
        pre = self._record.pre
        if pre is None:
            raise ReleaseError("nothing serves that a new version could stand by")
        shares = [(pre.version, 100.0), (self._record.version, 0.0)]
        self._site.serve(shares, f"{self._record.release}: stands by")

    def promote(self) -> None:
        """Give the new version all requests."""
        self._site.promote(self._record.version, f"release {self._record.release}")

    def ask_new(self, *, alone: bool = False) -> None:
        """Ask the new release whether it is well.

        Args:
            alone: Ask the version by its name, for it gets no other requests.
        """
        new = self._new()
        expected = Expected(new.version, new.revision)
        version = new.version if alone else ""
        found = self._site.ask(expected, seconds=self._seconds, version=version)
        if alone and found.outcome is Outcome.INCONCLUSIVE:  # no user would miss it
            raise ReleaseError(f"the new release could not be asked at 0 %: {found.last.line}")
        self._judge(found)

    # What the above is made of.

    def _new(self) -> Serving:
        record = self._record
        if record.again:
            return record.again
        if record.new is None:
            raise ReleaseError("the record names no release")
        return Serving(version=record.version, image=record.new.image, revision=record.new.revision)

    def _remember(
        self,
        live: Live | None,
        *,
        new: Candidate | None = None,
        again: Serving | None = None,
        migrates: bool = False,
    ) -> None:
        """Write down what serves now, before anything is changed."""
        self._journal.note(
            phase=Phase.HELD,
            pre=self._record.described(live) if live else None,
            changes=live.changes if live else 0,
            new=new,
            again=again,
            migrates=migrates,
            version=again.version if again else "",
        )

    def _uploaded(self, version: str, candidate: Candidate) -> None:
        found = version or self._site.uploaded(candidate.release)
        if not found:
            raise ReleaseError(f"nobody knows which version {candidate.release} has become")
        self._journal.note(version=found)

    def _serve(self, serving: Serving) -> None:
        have_serve(self._site, serving, "harness rollback")

    def _conclude(self, record: Record, serving: Serving) -> None:
        """Write down that a release was found well, or say that it was if that cannot be."""
        try:
            self._journal.close(record)
        except TakenOverError:
            raise
        except HarnessError as error:
            raise ReleaseError(
                f"Worker {serving.version} serves and is well, but its record could not be "
                f"written: {error.message}",
                "`harness recover --accept` keeps it, `harness recover` takes it back",
            ) from error

    def _walk(self, steps: list[Step]) -> None:
        try:
            self._journal.walk(steps)
        except TakenOverError:
            raise
        except InconclusiveError:
            self._journal.close(self._record.model_copy(update={"phase": Phase.UNSURE}))
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 -- it is raised in the end
            self._return_from(error)

    def _return_from(self, error: BaseException) -> None:
        """Go back because of an error, and raise it with what came of that.

        A SIGTERM does not stop it: a CI sends one after its Ctrl-C.
        """
        is_ending()
        why = _why(error)
        late = self._record.phase is Phase.SWITCHING and may_come_late(error)
        log.warn(f"{self._journal.environment}: {why}; going back")
        try:
            ending = self._way_back.go(late=late)
        except HarnessError as worse:
            raise ReleaseError(
                f"{why}; and the way back is not done yet: {worse}", "run `harness recover`"
            ) from error
        if not isinstance(error, HarnessError):
            log.warn(f"{self._journal.environment}: {ending.said}")
            raise error
        raise ReleaseError(
            f"{why}; {ending.said}", "see above, mend it, and release again"
        ) from error

    def _is_well_by_now(self, seconds: float) -> bool:
        new = self._new()
        found = self._site.ask(Expected(new.version, new.revision), seconds=seconds)
        if found.outcome is Outcome.INCONCLUSIVE:
            self._journal.close(self._record)
            self._judge(found)
        if found.outcome is not Outcome.PASSED:
            return False
        if self._record.new is None:
            self._journal.close(self._record.freed())
        else:
            past = Past(release=self._record.release, serving=new, before=self._record.pre)
            self._journal.close(self._record.released(past))
        return True

    def _judge(self, found: Result) -> None:
        is_new = self._record.new is not None
        what = f"the {'new' if is_new else 'older'} release"
        if found.outcome is Outcome.INCONCLUSIVE:
            back = "rollback` takes it back" if is_new else "rollback RELEASE` goes to another"
            raise InconclusiveError(
                f"{what} could not be asked ({found.last.line}); it was not taken back",
                "look at it yourself; `harness recover` asks again, `harness recover --accept` "
                f"keeps it, `harness {back}",
            )
        if found.outcome is Outcome.FAILED:
            raise ReleaseError(f"{what} is not well: {found.last.line}")


def _why(error: BaseException) -> str:
    if isinstance(error, HarnessError):
        return error.message
    return "interrupted" if isinstance(error, KeyboardInterrupt) else type(error).__name__
