"""The credentials that a release needs, from the environment and nowhere else."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.console import log
from harness.errors import ConfigError

__all__ = ["ACCOUNT", "TOKEN", "Credentials", "secret_of"]

TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 -- the variable's name
ACCOUNT = "CLOUDFLARE_ACCOUNT_ID"
_ALLOWED = re.compile(r"[!-~]*")


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
        token, account = secret_of(TOKEN, found), found.get(ACCOUNT, "").strip()
        missing = [name for name, value in ((TOKEN, token), (ACCOUNT, account)) if not value]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            raise ConfigError(
                f"{' and '.join(missing)} {verb} not set, so nothing was started",
                "`export` both, in CI from secrets of the job's environment; see docs/security.md",
            )
        if not re.fullmatch(r"[0-9a-f]{32}", account):
            raise ConfigError(
                f"{ACCOUNT} is not 32 hexadecimal digits, so nothing was started",
                "copy it from the account's page",
            )
        return cls(token, account)


def secret_of(name: str, environment: Mapping[str, str] | None = None) -> str:
    """Return a variable's value that is sent in a header; empty if it is not set.

    It is never printed from here on. Blanks around it, such as the line end of a file that it was
    set from, are no part of it.

    Raises:
        ConfigError: It holds what cannot be sent.
    """
    found = os.environ if environment is None else environment
    value = found.get(name, "").strip()
    log.protect(value)
    if not _ALLOWED.fullmatch(value):
        raise ConfigError(
            f"{name} holds a blank, or a letter that is not ASCII, and cannot be sent",
            "set it anew, as it was shown when it was made",
        )
    return value
