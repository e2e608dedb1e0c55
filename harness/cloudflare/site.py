"""One environment of the Worker: what serves there, how it is changed, and whether it is well."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import stamina

from harness.cloudflare.credentials import secret_of
from harness.cloudflare.serving import Candidate, Live
from harness.cloudflare.settings import Settings
from harness.cloudflare.smoke import Expected, Patience, Result, smoke
from harness.cloudflare.worker import Worker
from harness.cloudflare.wrangler import Wrangler, WranglerError
from harness.envfile import TOKEN as GATEWAY_TOKEN

__all__ = ["CloudflareSite", "Site"]

_ATTEMPTS, _SECONDS = 8, 90.0
_ANSWERS = 5
_ONE_ANSWER = 15.0
_SETTLING = 12.0


class Site(Protocol):
    """What a release needs of an environment."""

    @property
    def name(self) -> str:
        """The Worker's name."""

    @property
    def settling(self) -> float:
        """For how many seconds a call that was cut off may still be carried out."""

    def live(self) -> Live | None:
        """Return what is deployed, or None if nothing ever was."""

    def is_of(self, version: str, release: str) -> bool:
        """Whether a version was uploaded by a release; what has no name is of none."""

    def base_of(self, version: str) -> str:
        """Return the version that secrets were added to to make this one; itself if none was."""

    def uploaded(self, release: str) -> str:
        """Return the newest version that a release uploaded; empty if there is none."""

    def deploy(self, candidate: Candidate) -> str:
        """Upload a candidate, give it all requests and its container; return its version."""

    def upload(self, candidate: Candidate) -> str:
        """Upload a candidate's Worker, which nobody sees then; return its version."""

    def promote(self, version: str, why: str) -> None:
        """Give a version that was uploaded all requests."""

    def serve(self, shares: Sequence[tuple[str, float]], why: str) -> list[str]:
        """Deploy versions with their shares; return the secrets that are old again."""

    def roll_out(self, image: str) -> None:
        """Have the container run another image."""

    def ask(self, expected: Expected, *, seconds: float, version: str = "") -> Result:
        """Ask whether the expected release answers well; a version that is named is asked alone."""


@dataclass(frozen=True)
class CloudflareSite:
    """An environment on Cloudflare, changed by wrangler and its API.

    Attributes:
        settings: What wrangler's configuration says of it.
        worker: Its Worker.
        wrangler: The program.
        url: Where it answers, without a slash at its end.
        headers: What Cloudflare Access wants to see, if anything.
    """

    settings: Settings
    worker: Worker
    wrangler: Wrangler
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The Worker's name."""
        return self.worker.name

    @property
    def settling(self) -> float:
        """See `Site`; nothing says how long Cloudflare takes over what nobody waits for."""
        return _SETTLING

    def live(self) -> Live | None:
        """See `Site`."""
        return self.worker.live()

    def is_of(self, version: str, release: str) -> bool:
        """See `Site`."""
        return bool(release) and self.worker.tag_of(version) == release

    def base_of(self, version: str) -> str:
        """See `Site`."""
        return self.worker.base_of(version)

    def uploaded(self, release: str) -> str:
        """See `Site`."""
        return self.worker.newest_of(release)

    def deploy(self, candidate: Candidate) -> str:
        """See `Site`; what may pass is tried again.

        wrangler changes the container application and then asks for a rollout. A second try finds
        the change made and asks for none, so it is asked for here.
        """
        attempts, written = self._wrangle("deploy", candidate, "--containers-rollout", "immediate")
        if attempts > 1:
            self.worker.roll_out(candidate.image)
        return _version(written, "deploy")

    def upload(self, candidate: Candidate) -> str:
        """See `Site`."""
        _, written = self._wrangle("versions upload", candidate)
        return _version(written, "version-upload")

    def promote(self, version: str, why: str) -> None:
        """See `Site`; Durable Objects that run are given the new code at once."""
        words = [f"{version}@100%", "--yes", "--message", why]
        self._tried("versions", "deploy", *words, *self._where(self.settings.path))

    def serve(self, shares: Sequence[tuple[str, float]], why: str) -> list[str]:
        """See `Site`."""
        return self.worker.serve(shares, why)

    def roll_out(self, image: str) -> None:
        """See `Site`."""
        self.worker.roll_out(image)

    def ask(self, expected: Expected, *, seconds: float, version: str = "") -> Result:
        """See `Site`."""
        headers = dict(self.headers)
        if version:
            headers["Cloudflare-Workers-Version-Overrides"] = f'{self.name}="{version}"'
        patience = Patience(_ANSWERS, seconds, min(_ONE_ANSWER, seconds))
        return smoke(f"{self.url}/health", expected, patience, headers)

    def _wrangle(
        self, command: str, candidate: Candidate, *more: str
    ) -> tuple[int, list[dict[str, Any]]]:
        about = ["--tag", candidate.release, "--message", f"release {candidate.release}"]
        with self.settings.pinned(candidate.image) as path:
            secrets = self._first_secrets(path.with_name("secrets.json"))
            return self._tried(*command.split(), *about, *more, *secrets, *self._where(path))

    def _first_secrets(self, path: Path) -> list[str]:
        """Give a Worker that has no gateway token yet the one of the environment; else nothing.

        One that it has is never replaced: a version keeps its secrets, and so does the way back.
        """
        value = secret_of(GATEWAY_TOKEN)
        if not value or GATEWAY_TOKEN in self.worker.secrets():
            return []
        path.touch(mode=0o600)
        path.write_text(json.dumps({GATEWAY_TOKEN: value}), encoding="utf-8")
        return ["--secrets-file", str(path)]

    def _where(self, path: object) -> list[str]:
        return ["--config", str(path), "--env", self.settings.environment]

    def _tried(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        for attempt in stamina.retry_context(on=_may_pass, attempts=_ATTEMPTS, timeout=_SECONDS):
            with attempt:
                return attempt.num, self.wrangler.run(*words)
        raise AssertionError("unreachable")  # the loop returns or raises


def _may_pass(error: Exception) -> bool:
    return isinstance(error, WranglerError) and error.passing


def _version(written: Sequence[Mapping[str, Any]], kind: str) -> str:
    found = [str(it["version_id"]) for it in written if it.get("type") == kind]
    return found[-1] if found else ""
