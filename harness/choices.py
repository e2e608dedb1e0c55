"""Variables that decide how the environment behaves, and what each may be.

Whoever reads them in the container ends at what it does not know, or takes it for something else;
so it is refused here, while what runs is still untouched.
"""

import math
import os
from pathlib import Path

from harness import envfile
from harness.errors import ConfigError

__all__ = ["CHOICES", "NUMBERS", "check", "chosen", "reload_limit"]

_SWITCH = ("0", "1")
_RELOAD_LIMIT = "LOA_RELOAD_LIMIT"
_RELOAD_SECONDS = 10.0

CHOICES = {
    "BEAUVOIR_DEV_MODE": _SWITCH,
    "LOA_INSPECT": _SWITCH,
    "LOA_RELOADER": ("handover", "entr"),
}
"""Variables of the shell, and what each can be; those that are not set leave it to the compose
file."""

NUMBERS = ("LOA_IDLE_MINUTES", _RELOAD_LIMIT)
"""Variables of .env.local that are numbers above zero."""


def chosen() -> dict[str, str]:
    """Return those of `CHOICES` that the shell sets; an empty one is not set."""
    return {name: value for name in CHOICES if (value := os.environ.get(name))}


def reload_limit(root: Path) -> float:
    """Return for how many seconds a load may take in a checkout's environment.

    Raises:
        ConfigError: .env.local is malformed.
    """
    given = envfile.read(root).get(_RELOAD_LIMIT, "")
    return float(given) if _is_number(given) else _RELOAD_SECONDS


def check(root: Path) -> None:
    """Refuse what the environment of a checkout would not start with.

    Raises:
        ConfigError: A variable has another value than it can have, or .env.local is malformed.
    """
    for name, value in chosen().items():
        if value not in CHOICES[name]:
            allowed = ", ".join(CHOICES[name])
            raise ConfigError(f"{name} is {value!r}", f"set it to one of: {allowed}; or unset it")
    values = envfile.read(root)
    for name in NUMBERS:
        if values.get(name) and not _is_number(values[name]):
            # What it is stays unsaid: it may be a credential in the wrong line.
            message = f"{root / envfile.FILE_NAME}: {name} is no number above zero"
            raise ConfigError(message, "mend or remove that line")


def _is_number(text: str) -> bool:
    try:
        return 0 < float(text) < math.inf and text.isascii() and "_" not in text
    except ValueError:
        return False
