"""A project's account on Cloudflare: its API, registry, records and environments."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.cloudflare import access
from harness.cloudflare.api import Api
from harness.cloudflare.credentials import Credentials
from harness.cloudflare.journal import Journal, identity
from harness.cloudflare.registry import Registry
from harness.cloudflare.settings import Settings
from harness.cloudflare.shelf import R2Shelf, key_of
from harness.cloudflare.site import CloudflareSite
from harness.cloudflare.smoke import refuse
from harness.cloudflare.worker import Worker
from harness.cloudflare.wrangler import Wrangler
from harness.errors import ConfigError
from harness.project import Project

__all__ = ["Target"]

_URL = "LOA_{}_URL"


@dataclass(frozen=True)
class Target:
    """Where a project's releases go.

    Attributes:
        project: The checkout.
        credentials: Whose account.
        api: Its API.
    """

    project: Project
    credentials: Credentials
    api: Api
    _addresses: dict[str, str] = field(default_factory=dict, kw_only=True, repr=False)

    @classmethod
    @contextmanager
    def of(cls, project: Project, credentials: Credentials) -> Iterator["Target"]:
        """Hand it over, and let go of its connections in the end."""
        api = Api(credentials)
        try:
            yield cls(project, credentials, api)
        finally:
            api.close()

    @property
    def environments(self) -> tuple[str, str]:
        """The names of staging and production, in the order in which they are released."""
        names = self.project.config.cloudflare
        return names.staging, names.production

    @property
    def registry(self) -> Registry:
        """Where its images are."""
        return Registry(self.api, self.project.config.cloudflare.image)

    def settings(self, environment: str) -> Settings:
        """Return what wrangler's configuration says of an environment."""
        return Settings.read(self.project, environment)

    def journals(self, *environments: str) -> list[Journal]:
        """Return the records of environments, none of them taken yet.

        Raises:
            ReleaseError: Cloudflare does not know the token.
        """
        bucket = self.project.config.cloudflare.state
        shelf = R2Shelf(self.credentials, key_of(self.api), bucket)
        return [Journal(shelf, name, identity()) for name in environments]

    def site(self, environment: str) -> CloudflareSite:
        """Return an environment; wrangler is installed if it is not yet.

        Raises:
            ToolError: wrangler cannot be installed.
            ConfigError: Nobody knows where it answers or could ask there, or half of Access is
                missing.
        """
        return self.site_of(self.settings(environment), self.url(environment))

    def worker(self, environment: str) -> Worker:
        """Return an environment's Worker, without what it takes to change it."""
        return Worker.of(self.api, self.settings(environment))

    def site_of(self, settings: Settings, url: str) -> CloudflareSite:
        """Return what these settings put up, at an address; raises as `site`."""
        headers = access.headers()
        return CloudflareSite(
            settings=settings,
            worker=Worker.of(self.api, settings),
            wrangler=Wrangler.install(settings.directory, self.credentials),
            url=url,
            headers=headers,
        )

    def url(self, environment: str) -> str:
        """Return where an environment answers, without a slash at its end.

        Raises:
            ConfigError: Nobody knows, or nobody could be asked there.
        """
        names = self.project.config.cloudflare
        is_production = environment == names.production
        kind = "production" if is_production else "staging"
        variable = _URL.format(kind.upper())
        known = names.production_url if is_production else names.staging_url
        advice = f"set cloudflare.{kind}_url in harness.toml, or {variable}"
        return self.address(self.settings(environment).worker, variable, advice, known)

    def address(self, worker: str, variable: str, advice: str, known: str = "") -> str:
        """Return where a Worker answers: where it is said to, or at the account's own domain.

        Cloudflare is asked once: a release that went well must not fail by a question after it.

        Args:
            worker: Its name.
            variable: The variable that says it, if anything does.
            advice: How to say it, where nobody knows or what is said cannot be meant.
            known: What the configuration says of it.

        Raises:
            ConfigError: Nobody knows, or nobody could be asked there.
        """
        given = os.environ.get(variable) or known
        if given:
            return _usable(given.rstrip("/"), worker, advice)
        if worker not in self._addresses:
            subdomain = (self.api.find("workers/subdomain") or {}).get("subdomain")
            if not subdomain:
                raise ConfigError(f"nobody knows where {worker} answers", advice)
            self._addresses[worker] = f"https://{worker}.{subdomain}.workers.dev"
        return self._addresses[worker]


def _usable(url: str, worker: str, advice: str) -> str:
    """Return an address that can be asked: else a slip of the pen would show in production."""
    headers = access.headers()
    try:
        refuse(f"{url}/health", headers)
    except ConfigError as error:
        raise ConfigError(f"where {worker} answers: {error.message}", advice) from error
    return url
