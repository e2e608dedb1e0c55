"""A pull request's Worker, container, bucket and image, under a name of their own.

No release is touched by it, so there is nothing to go back to: no record, no lock and no gate. What
a preview that was killed has left is there under its name, and taken away like any other.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from harness.cloudflare import preflight
from harness.cloudflare.registry import Registry
from harness.cloudflare.serving import Candidate, Serving
from harness.cloudflare.settings import Settings
from harness.cloudflare.shelf import emptied, key_of, made
from harness.cloudflare.site import CloudflareSite
from harness.cloudflare.smoke import Expected, Outcome
from harness.cloudflare.target import Target
from harness.cloudflare.worker import Worker
from harness.console import log
from harness.docker.revision import Revision
from harness.errors import InconclusiveError, ReleaseError

__all__ = ["URL", "Preview"]

URL = "LOA_PREVIEW_URL"
"""Variable: where the preview answers, if not at the account's own domain."""


class Preview:
    """A preview on an account, there or not.

    Args:
        target: The account.
        name: Its name, such as `pr-12`.

    Raises:
        UsageError: The name cannot be one.
        ConfigError: wrangler's configuration cannot be read.
    """

    def __init__(self, target: Target, name: str) -> None:
        self.name = name
        self.settings = Settings.preview(target.project, name)
        # Not the releases' repository: what is removed here is never an image that they need.
        self.registry = Registry(
            target.api, f"{target.project.config.cloudflare.image}-preview", tag=name
        )
        self._target = target
        self._api = target.api

    @property
    def url(self) -> str:
        """Where it answers, without a slash at its end.

        Raises:
            ConfigError: Nobody knows, or nobody could be asked there.
        """
        return self._target.address(self.settings.worker, URL, f"set {URL}")

    def put_up(self, image: Callable[[], str], seconds: float) -> Serving:
        """Have the checkout's commit serve there, in place of what did, and return what serves.

        Args:
            image: Brings the image into this preview's registry, and returns its digest.
            seconds: How long it is given to answer well.

        Raises:
            HarnessError: It does not; what is there of it stays to be looked at.
        """
        subject = preflight.Subject(self._target.project, self._api, [])
        with log.step("preflight"):
            preflight.require(preflight.examine(subject, preflight.PREVIEW_CHECKS))
        site = self._target.site_of(self.settings, self.url)
        candidate = self._candidate(image())
        for bucket in self.settings.buckets:
            made(self._api, bucket)
        with log.step(f"deploying {site.name}"):
            version = site.deploy(candidate) or site.uploaded(candidate.release)
        self._ask(site, Expected(version, candidate.revision), seconds)
        return Serving(version=version, image=candidate.image, revision=candidate.revision)

    def take_away(self) -> list[str]:
        """Remove all that is there of it, and return what that was.

        The Worker goes first, for it starts the container; then what only it has used.

        Raises:
            HarnessError: Some of it is still there; the next try goes on.
        """
        removed = Worker.of(self._api, self.settings).remove()
        for bucket in self.settings.buckets:
            if self._api.find(f"r2/buckets/{bucket}") is not None:
                emptied(self._target.credentials, key_of(self._api), bucket)
                self._api.remove(f"r2/buckets/{bucket}")
                removed.append(f"bucket {bucket}")
        return removed + self.registry.remove(self.name)

    def _candidate(self, digest: str) -> Candidate:
        commit = Revision.of(self._target.project.root).commit
        revision = self.registry.revision(digest)
        return Candidate(
            release=f"{self.name}-{datetime.now(UTC):%y%m%dT%H%M%S}-{commit[:7]}",
            commit=commit,
            image=self.registry.name(digest),
            revision=revision,
        )

    def _ask(self, site: CloudflareSite, expected: Expected, seconds: float) -> None:
        found = site.ask(expected, seconds=seconds)
        advice = f"`harness deploy --preview {self.name} --remove` takes it away"
        if found.outcome is Outcome.INCONCLUSIVE:
            raise InconclusiveError(
                f"the preview could not be asked ({found.last.line}); it stays", advice
            )
        if found.outcome is Outcome.FAILED:
            raise ReleaseError(
                f"the preview is not well: {found.last.line}; it stays to be looked at", advice
            )
