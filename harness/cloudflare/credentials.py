"""The two credentials that a release needs, from the environment and nowhere else."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.console import log
from harness.errors import ConfigError

__all__ = ["ACCOUNT", "TOKEN", "Credentials"]

TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 -- the variable's name
ACCOUNT = "CLOUDFLARE_ACCOUNT_ID"


@dataclass(frozen=True)
class Credentials:
    """Who asks Cloudflare, and for which account.

    Attributes:
        token: The API token; it is never printed from here on.
        account: The account's id, 32 hexadecimal digits.
    """

    token: str = field(repr=False)
    account: str

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] | None = None) -> "Credentials":
        """Return both, before anything is started.

        Raises:
            ConfigError: One is missing, or cannot be what its name says.
        """
        found = os.environ if environment is None else environment
        token, account = (found.get(name, "").strip() for name in (TOKEN, ACCOUNT))
        log.protect(token)
        missing = [name for name, value in ((TOKEN, token), (ACCOUNT, account)) if not value]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            raise ConfigError(
                f"{' and '.join(missing)} {verb} not set, so nothing was started",
                "set both, in CI as secrets of the job's environment; see docs/security.md",
            )
        if not re.fullmatch(r"[0-9a-f]{32}", account):
            raise ConfigError(
                f"{ACCOUNT} is not 32 hexadecimal digits, so nothing was started",
                "copy it from the account's page",
            )
        return cls(token, account)
