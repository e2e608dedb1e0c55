"""From a commit to what users get: recovery, preflight, the image, and each environment in turn."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.cloudflare import preflight
from harness.cloudflare.journal import Journal
from harness.cloudflare.record import Past, Phase
from harness.cloudflare.release import Release
from harness.cloudflare.serving import Candidate, Live, Serving
from harness.cloudflare.site import CloudflareSite
from harness.cloudflare.target import Target
from harness.cloudflare.way_back import BACK_SECONDS, Ending
from harness.console import log
from harness.docker.revision import Revision
from harness.errors import HarnessError, ReleaseError

__all__ = ["Options", "deploy", "precede", "recover", "rollback"]


@dataclass(frozen=True)
class Options:
    """How a release is made.

    Attributes:
        environments: Where it goes, in this order.
        seconds: How long each is given to answer well.
        one_way: Whether it may bring a Durable Object migration.
    """

    environments: Sequence[str]
    seconds: float
    one_way: bool = False


def deploy(
    target: Target, options: Options, image: Callable[[], str], accepted: Callable[[str], None]
) -> Serving:
    """Release the checkout's commit, and return what serves in the last environment then.

    Args:
        target: Where to.
        options: How.
        image: Brings the image into Cloudflare's registry, and returns its digest.
        accepted: Raises if the evidence is not enough for an image of that digest.

    Raises:
        HarnessError: It failed; the message says what serves.
    """
    with _taken(target, options) as held:
        _preflight(target, options)
        # An address that nobody knows is said here, not when the image has been built.
        sites = [target.site(journal.environment) for journal in held]
        digest = image()
        accepted(digest)
        candidate = _candidate(target, digest)
        serving = [_released(*it, options, candidate) for it in zip(sites, held, strict=True)]
    return serving[-1]


def precede(target: Target, options: Options, image: str, revision: str) -> None:
    """Release what a rehearsal is to replace: nothing but the gate's business is left out.

    Raises:
        HarnessError: It failed, or is no rehearsal.
    """
    if not target.api.is_loopback:
        raise ReleaseError("only a rehearsal can be given something to replace")
    candidate = Candidate(release=revision, commit=revision, image=image, revision=revision)
    with _taken(target, options) as held:
        _preflight(target, options)
        for journal in held:
            _released(target.site(journal.environment), journal, options, candidate)


def recover(target: Target, options: Options, *, accept: bool = False) -> dict[str, Ending]:
    """Finish what killed releases left, and return what came of it in each environment.

    Args:
        target: Where.
        options: How; its seconds are what serves then given to answer well.
        accept: Leave what serves now as it is, whatever the records say.

    Raises:
        HarnessError: It cannot be finished yet.
    """
    endings = {}
    for journal in reversed(target.journals(*options.environments)):
        record = journal.take()
        if record.phase is not Phase.HELD and accept:
            journal.close(record.freed())
            endings[journal.environment] = Ending("what serves now is accepted")
        else:
            endings[journal.environment] = _finished(target, journal, options.seconds)
    return endings


def rollback(target: Target, options: Options, name: str) -> Serving:
    """Have an older release serve again in one environment.

    Args:
        target: Where.
        options: How; it names one environment.
        name: The release, its version or its commit; the one before the current if empty.

    Raises:
        ReleaseError: There is no such release, or it does not serve well.
    """
    with _taken(target, options) as (journal,):
        site = target.site(journal.environment)
        serving = _older(journal, site.live(), name)
        if target.registry.lacks(serving.image):
            raise ReleaseError(
                f"nothing was changed: the registry has {serving.image} no more",
                "push it again, or name another release",
            )
        Release(site, journal, seconds=options.seconds).run_again(serving)
    return serving


@contextmanager
def _taken(target: Target, options: Options) -> Iterator[list[Journal]]:
    """Hold all environments, after what a killed release left in them was finished.

    The last one is taken first: it is production, and a second release is to end before it
    changes anything at all. All give signs of life to the end, while an image is built and while
    another environment is released too: else a second release would take them for dead.
    """
    journals = target.journals(*options.environments)
    with ExitStack() as held:
        for journal in reversed(journals):
            journal.take()
            if journal.record.phase is not Phase.HELD:
                ending = _finished(target, journal, BACK_SECONDS)
                log.warn(f"{journal.environment}: a release was left unfinished; {ending.said}")
                journal.take()
            held.callback(_let_go, journal)
            held.enter_context(journal.beating())
        yield journals


def _let_go(journal: Journal) -> None:
    if journal.record.owner and journal.record.phase is Phase.HELD:
        journal.close(journal.record.freed())


def _finished(target: Target, journal: Journal, seconds: float) -> Ending:
    if journal.record.phase is Phase.HELD:
        journal.close(journal.record.freed())
        return Ending()
    site = target.site(journal.environment)
    with journal.beating():
        return Release(site, journal, seconds=seconds).finish(seconds)


def _preflight(target: Target, options: Options) -> None:
    settings = [target.settings(name) for name in options.environments]
    subject = preflight.Subject(target.project, target.api, settings, options.one_way)
    with log.step("preflight"):
        preflight.require(preflight.examine(subject, preflight.CHECKS))


def _candidate(target: Target, digest: str) -> Candidate:
    commit = Revision.of(target.project.root).commit
    registry = target.registry
    revision = registry.revision(digest)
    image = registry.name(digest)
    if revision != commit and not _serves(target, image):
        raise ReleaseError(
            f"nothing was changed: {image} says it is of {revision or 'no commit'}, and the "
            f"checkout is at {commit}",
            "build the image from this commit",
        )
    release = f"{datetime.now(UTC):%y%m%dT%H%M%S}-{commit[:7]}"
    return Candidate(release=release, commit=commit, image=image, revision=revision)


def _serves(target: Target, image: str) -> bool:
    """Whether production runs an image already: a release of the Worker alone keeps it."""
    live = target.site(target.environments[-1]).live()
    return live is not None and live.image == image


def _released(
    site: CloudflareSite, journal: Journal, options: Options, candidate: Candidate
) -> Serving:
    migrates = site.worker.migration() != site.settings.migration
    release = Release(site, journal, seconds=options.seconds)
    try:
        return release.run(candidate, migrates=migrates)
    except HarnessError as error:
        error.message = f"{journal.environment}: {error.message}"
        raise


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
    commit = past.release.rpartition("-")[2]
    words = (past.release, past.serving.version, commit)
    return name.startswith(commit) or any(word.startswith(name) for word in words)
