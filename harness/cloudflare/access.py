"""What Cloudflare Access wants to see of whoever asks a deployment that is behind it."""

from harness.cloudflare.credentials import secret_of
from harness.errors import ConfigError

__all__ = ["ID_HEADER", "VARIABLES", "headers"]

ID_HEADER = "CF-Access-Client-Id"

_ACCESS = {
    ID_HEADER: "CF_ACCESS_CLIENT_ID",
    "CF-Access-Client-Secret": "CF_ACCESS_CLIENT_SECRET",
}

VARIABLES = " and ".join(_ACCESS.values())
"""The variables that both halves of it come from, for people."""


def headers() -> dict[str, str]:
    """Return the headers that the environment has values for; none of them is printed from now on.

    Raises:
        ConfigError: Only one half of them is there, or one cannot be sent.
    """
    values = {header: secret_of(name) for header, name in _ACCESS.items()}
    missing = [_ACCESS[header] for header, value in values.items() if not value]
    if len(missing) == len(values):
        return {}
    if missing:
        raise ConfigError(f"{missing[0]} is not set, though its other half is", "set both or none")
    return values
