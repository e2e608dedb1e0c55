"""What make itself says of a checkout's Makefile, with all that it includes; no recipe is run."""

import re
from collections.abc import Iterator
from pathlib import Path

from harness import process
from harness.errors import ToolError

__all__ = ["Makefile"]

_PATIENCE = 60.0
_FILES = re.compile(r"^# Files\n(.*?)^# files hash-table stats", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"^(?P<name>[^\s#:=%][^:=%]*?)\s*::?(?!=)", re.MULTILINE)
_UNREADABLE = re.compile(r"^\S+:\d+: \*\*\* .*", re.MULTILINE)
_NO_TARGET = "# Not a target:"
# What a make around this one has set, such as -j or variables of its own, is not the checkout's.
_OWN = {"MAKEFLAGS": "", "MFLAGS": "", "MAKEOVERRIDES": "", "LC_ALL": "C"}


class Makefile:
    """A checkout's Makefile, as make finds and reads it.

    Args:
        root: The checkout.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def targets(self) -> frozenset[str]:
        """Return what its database has as targets; nothing where there is no Makefile.

        Raises:
            ToolError: make is missing, or cannot read it.
        """
        done = self._make("--print-data-base", "--question", "--no-builtin-rules")
        if unreadable := _UNREADABLE.search(done.stderr):
            raise ToolError(f"make cannot read {unreadable[0]}", "mend that line")
        found = _FILES.search(done.stdout)
        return frozenset(_named(found[1])) if found else frozenset()

    def has(self, target: str) -> bool:
        """Whether make knows a target, by its name or by a pattern.

        Raises:
            ToolError: As `targets`.
        """
        return target in self.targets() or bool(self.recipe(target))

    def recipe(self, target: str) -> list[str]:
        """Return the lines that make would run for a target, its prerequisites' before its own.

        Nothing comes of a target that there is not, or that cannot be made.
        """
        done = self._make("--dry-run", "--no-print-directory", target)
        return [line for line in done.stdout.splitlines() if line.strip()] if done.ok else []

    def _make(self, *words: str) -> process.Completed:
        command = ["make", *words]
        return process.run(command, cwd=self._root, env=_OWN, timeout=_PATIENCE, check=False)


def _named(files: str) -> Iterator[str]:
    for entry in files.split("\n\n"):
        if _NO_TARGET not in entry:
            yield from (it["name"] for it in _TARGET.finditer(entry))
