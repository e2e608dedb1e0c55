"""What a compose file's `${NAME}` stands for, besides what the shell sets."""

import os
from contextlib import suppress
from pathlib import Path

from harness import envfile
from harness.choices import CHOICES
from harness.errors import ConfigError

__all__ = ["for_compose"]

_CLIENTS_OWN = ("DOCKER_", "COMPOSE_", "BUILDKIT_", "BUILDX_")


def for_compose(root: Path) -> dict[str, str]:
    """Return what `.env.local` sets and the shell does not.

    What decides how the stack behaves is the shell's alone, and so is what compose and its client
    take for themselves. Nothing of a malformed file is returned: `envfile.ensure` tells of it, and
    `down` must work all the same.
    """
    with suppress(ConfigError):
        values = envfile.read(root)
        return {name: it for name, it in values.items() if it and not _is_the_shells(name)}
    return {}


def _is_the_shells(name: str) -> bool:
    return name in os.environ or name in CHOICES or name.startswith(_CLIENTS_OWN)
