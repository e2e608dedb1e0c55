"""From a commit to what users get: recovery, preflight, the image, and each environment in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.cloudflare import preflight
from harness.cloudflare.journal import Journal
from harness.cloudflare.lock import finish, held, naming
from harness.cloudflare.record import Past, Phase
from harness.cloudflare.release import Release
from harness.cloudflare.serving import Candidate, Serving
from harness.cloudflare.site import CloudflareSite
from harness.cloudflare.target import Target
from harness.cloudflare.way_back import Ending
from harness.console import log
from harness.docker.revision import Revision
from harness.errors import HarnessError, ReleaseError

__all__ = ["Options", "deploy", "precede", "recover", "well_released"]


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
    with held(target, options.environments) as journals:
        _preflight(target, options)
        # An address that nobody knows is said here, not when the image has been built.
        sites = [target.site(journal.environment) for journal in journals]
        digest = image()
        accepted(digest)
        candidate = _candidate(target, digest)
        return _released_to_all(sites, journals, options, candidate)


def precede(target: Target, options: Options, image: str, revision: str) -> None:
    """Release what a rehearsal is to replace: nothing but the gate's business is left out.

    Raises:
        HarnessError: It failed, or is no rehearsal.
    """
    if not target.api.is_loopback:
        raise ReleaseError("only a rehearsal can be given something to replace")
    candidate = Candidate(release=revision, commit=revision, image=image, revision=revision)
    with held(target, options.environments) as journals:
        _preflight(target, options)
        for journal in journals:
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
            endings[journal.environment] = finish(target, journal, options.seconds)
    return endings


def well_released(target: Target, environment: str) -> Past | None:
    """Return the release that serves in an environment, if it is one that was found well.

    Raises:
        HarnessError: Cloudflare refuses, or gives no usable answer.
    """
    [journal] = target.journals(environment)
    live, record = target.worker(environment).live(), journal.look()
    past = record.known(live.version) if live else None
    return past if past and live and live.is_all(past.serving) else None


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


def _released_to_all(
    sites: Sequence[CloudflareSite],
    journals: Sequence[Journal],
    options: Options,
    candidate: Candidate,
) -> Serving:
    """Release to one environment after another, and return what serves in the last one.

    What fails in one leaves the ones before it with the new release, to be looked at.
    """
    done: list[Serving] = []
    for site, journal in zip(sites, journals, strict=True):
        try:
            done.append(_released(site, journal, options, candidate))
        except HarnessError as error:
            kept = journals[: len(done)]
            error.message += "".join(f"; {it.environment} serves the new release" for it in kept)
            raise
        log.note(f"{journal.environment} serves the new release")
    return done[-1]


def _released(
    site: CloudflareSite, journal: Journal, options: Options, candidate: Candidate
) -> Serving:
    migrates = site.worker.migration() != site.settings.migration
    release = Release(site, journal, seconds=options.seconds)
    with naming(journal.environment):
        return release.run(candidate, migrates=migrates)
