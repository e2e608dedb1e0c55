"""A checkout: where it is, what it is called on the engine, and who owns it."""

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness import config
from harness.errors import ConfigError
from harness.own_harness import warn_of_another

__all__ = ["Project"]

_MARKS = (config.FILE_NAME, "docker-compose.dev.yml", ".git")


@dataclass(frozen=True)
class Project:
    """One checkout that follows the PRD.

    Attributes:
        root: The checkout's directory, absolute and without links.
    """

    root: Path

    @classmethod
    def find(cls, directory: Path | None = None) -> "Project":
        """Return the checkout that holds `directory`.

        Without one it is HARNESS_PROJECT, or else the current directory. A checkout whose own
        harness is another than the one that runs is warned of.

        Raises:
            ConfigError: There is no such directory, or no checkout around it.
        """
        start = directory or Path(os.environ.get("HARNESS_PROJECT") or Path.cwd())
        if not start.is_dir():
            raise ConfigError(
                f"{start}: no such directory",
                "give a checkout with --project DIR, or remove what one that is gone has left "
                "with `harness clean --project DIR`",
            )
        start = start.resolve()
        for candidate in (start, *start.parents):
            if any((candidate / mark).exists() for mark in _MARKS):
                warn_of_another(candidate)
                return cls(candidate)
        raise ConfigError(
            f"{start}: neither this directory nor one above it is a checkout",
            "change into one, or give it with --project DIR",
        )

    @cached_property
    def config(self) -> config.Config:
        """The checkout's harness.toml.

        Raises:
            ConfigError: See `config.load`.
        """
        return config.load(self.root)

    @property
    def layer(self) -> Path:
        """The directory of the sources that the gateway loads."""
        return (self.root / self.config.probe.file).parent

    @cached_property
    def slug(self) -> str:
        """A name that no other checkout on this machine has, fit for containers and networks."""
        name = re.sub(r"[^a-z0-9]+", "-", self.root.name.lower()).strip("-") or "checkout"
        digest = hashlib.sha256(str(self.root).encode()).hexdigest()[:8]
        return f"{self.config.project.name}-{name[:24].strip('-')}-{digest}"

    @cached_property
    def owner(self) -> tuple[int, int]:
        """User and group id of whoever owns the checkout: what the container must run as."""
        stat = self.root.stat()
        return stat.st_uid, stat.st_gid

    @property
    def state_dir(self) -> Path:
        """The checkout's own `.harness/`, made on first use; git ignores it in every repository.

        Raises:
            ConfigError: It is not there and cannot be made, or cannot be written to.
        """
        path = self.root / ".harness"
        try:
            path.mkdir(exist_ok=True)
            _have_ignored(path)
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}", "make the checkout writable") from error
        if not os.access(path, os.W_OK):
            raise ConfigError(
                f"{path}: cannot be written to", "make it yours, for example with chown"
            )
        return path


def _have_ignored(directory: Path) -> None:
    ignored = directory / ".gitignore"
    if not ignored.exists() and os.access(directory, os.W_OK):
        ignored.write_text("*\n", encoding="ascii")
