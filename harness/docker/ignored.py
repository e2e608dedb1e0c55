"""What an ignore file keeps out of a build, as BuildKit reads it.

docker-py's own reader skips directories below which an exception may match, and sees a parent's
match only where pattern and parent have the same depth.
"""

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

__all__ = ["Ignored"]

_TOKEN = re.compile(r"(\*\*/?)|(\*)|(\?)|(\[[^]/]+\])|\\(.)|(.)", re.DOTALL)
_WILD = re.compile(r"[*?\[\\]")


@dataclass(frozen=True)
class _Pattern:
    """A line of the file; an exception takes what an earlier line left out."""

    text: str
    is_exception: bool

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile(_as_regex(self.text), re.DOTALL)

    def matches(self, places: Iterable[str]) -> bool:
        """Whether it is one of a name and the directories above it."""
        return any(self._regex.fullmatch(place) for place in places)

    def may_match_below(self, directory: str) -> bool:
        """Whether it may match something below a directory, as far as it has no wildcard."""
        found = _WILD.search(self.text)
        fixed = self.text[: found.start()] if found else f"{self.text}/"
        return fixed.startswith(f"{directory}/") or bool(
            found and f"{directory}/".startswith(fixed)
        )


class Ignored:
    """What a build may not take.

    Args:
        lines: Those of the ignore file.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        said = (line.strip() for line in lines if not line.startswith("#"))
        self._patterns = [it for line in said if line and (it := _pattern(line)).text != "."]

    @classmethod
    def of(cls, context: Path, dockerfile: Path) -> "Ignored":
        """Read the ignore file that counts; one named after the Dockerfile wins, as in Docker.

        Raises:
            OSError: It cannot be read.
        """
        own = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
        for path in (own, context / ".dockerignore"):
            if path.is_file():
                return cls(path.read_text(encoding="utf-8-sig", errors="replace").splitlines())
        return cls([])

    def leaves_out(self, name: str) -> bool:
        """Whether a file or directory, relative to the context, is left out."""
        last = self._last(name)
        return last is not None and not self._patterns[last].is_exception

    def leaves_out_all(self, directory: str) -> bool:
        """Whether a directory is left out, and whatever it holds."""
        last = self._last(directory)
        if last is None or self._patterns[last].is_exception:
            return False
        later = self._patterns[last + 1 :]
        return not any(it.is_exception and it.may_match_below(directory) for it in later)

    def _last(self, name: str) -> int | None:
        """Return the place of the last pattern that matches a name or a directory above it."""
        path = PurePosixPath(name)
        places = [str(it) for it in (path, *path.parents) if it.name]
        matching = (n for n, it in enumerate(self._patterns) if it.matches(places))
        return max(matching, default=None)


def _pattern(line: str) -> _Pattern:
    is_exception = line.startswith("!")
    text = line.removeprefix("!").strip()
    return _Pattern(posixpath.normpath(f"/{text}").lstrip("/") or ".", is_exception)


def _as_regex(pattern: str) -> str:
    parts = []
    for found in _TOKEN.finditer(pattern):
        deep, wild, one, choice, escaped, plain = found.groups()
        if deep:
            parts.append(".*" if found.end() == len(pattern) else "(?:.*/)?")
        elif choice:
            parts.append(choice)
        else:
            parts.append("[^/]*" if wild else "[^/]" if one else re.escape(escaped or plain))
    return "".join(parts)
