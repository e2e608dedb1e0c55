"""Back to a release that served before: the one before, one that is named, or off one half done."""

from collections.abc import Sequence

from harness.cloudflare.journal import Journal
from harness.cloudflare.lock import finish, held, naming
from harness.cloudflare.pipeline import Options
from harness.cloudflare.record import Past, Phase
from harness.cloudflare.release import Release
from harness.cloudflare.serving import Live, Serving
from harness.cloudflare.smoke import Outcome
from harness.cloudflare.target import Target
from harness.cloudflare.way_back import Ending, WayBack
from harness.console import log
from harness.errors import InconclusiveError, ReleaseError

__all__ = ["rollback"]


def rollback(target: Target, options: Options, name: str) -> Serving:
    """Have an older release serve again in one environment, and return it.

    Without a name, a release that has not ended is taken back, and no other.

    Args:
        target: Where.
        options: How; it names one environment.
        name: The release, its version or its commit; the one before the current if empty.

    Raises:
        ReleaseError: There is no such release, or it does not serve well.
        InconclusiveError: It serves, and could not be asked.
    """
    taken_back: list[Ending] = []

    def settle(journal: Journal) -> None:
        taken_back.extend(_settled(target, journal, options.seconds, name))

    with held(target, options.environments, settle) as (journal,):
        site = target.site(journal.environment)
        live = site.live()
        with naming(journal.environment):
            if taken_back and live:
                _refuse_ill(taken_back[0])
                return journal.record.described(live)
            serving = _older(journal, live, name)
            if target.registry.lacks(serving.image):
                raise ReleaseError(
                    f"nothing was changed: the registry has {serving.image} no more",
                    "push it again, or name another release",
                )
            Release(site, journal, seconds=options.seconds).run_again(serving)
    return serving


def _settled(target: Target, journal: Journal, seconds: float, name: str) -> list[Ending]:
    """Finish what was left unfinished; return how, if it was a release and is taken back by that.

    One that could not be asked need not be: it is taken back, or another one is named.
    """
    before = journal.record
    is_unsure, is_release = before.phase is Phase.UNSURE, bool(before.new and before.pre)
    if is_unsure and name:
        return []
    if is_unsure and is_release:
        site = target.site(journal.environment)
        with naming(journal.environment), journal.beating():
            ending = WayBack(site, journal).go(seconds)
    else:
        ending = finish(target, journal, seconds)
    ends = is_release and not ending.is_new and not name
    rest = "; no other release is taken back" if ends else ""
    log.warn(f"{journal.environment}: a release was left unfinished; {ending.said}{rest}")
    journal.take()
    return [ending] if ends else []


def _refuse_ill(ending: Ending) -> None:
    if ending.outcome is Outcome.INCONCLUSIVE:
        raise InconclusiveError(ending.said, "look at it yourself")
    if ending.outcome is Outcome.FAILED:
        raise ReleaseError(ending.said, "look at it, then use `harness rollback RELEASE`")


def _older(journal: Journal, live: Live | None, name: str) -> Serving:
    past = journal.record.past
    if name:
        return _named(past, name).serving
    version = live.version if live else ""
    current = journal.record.known(version)
    if current is None or current.before is None:
        what = f"what was before {version or 'the first release'} is not known"
        raise ReleaseError(f"nothing was changed: {what}", "name a release")
    return current.before


def _named(past: Sequence[Past], name: str) -> Past:
    found = [it for it in past if _is_named(it, name)]
    names = ", ".join(it.release for it in found or past) or "none"
    if not found:
        raise ReleaseError(f"there is no release {name!r}", f"known are: {names}")
    if len(found) > 1:
        raise ReleaseError(f"{name!r} may be any of {names}", "name one of them in full")
    return found[0]


def _is_named(past: Past, name: str) -> bool:
    # Not the image's revision: later releases of code alone have it too.
    words = (past.release, past.serving.version, past.commit)
    return name.startswith(past.commit) or any(word.startswith(name) for word in words)
