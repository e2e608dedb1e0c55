"""Made-up values for every credential that a project reads, and where they turn up again."""

import re
import secrets
from collections.abc import Iterable, Mapping

from harness import envfile
from harness.criteria.facts.credential import local_names
from harness.encodings import forms
from harness.project import Project

__all__ = ["RELEASE", "Canaries", "plant"]

RELEASE = (
    "CLOUDFLARE_API_TOKEN",
    "CF_ACCESS_CLIENT_ID",
    "CF_ACCESS_CLIENT_SECRET",
    "GITHUB_TOKEN",
)
"""What a release reads from its environment, whatever the project."""

_PREFIX = "canary/"
_SEPARATORS = re.compile(r"[^a-z0-9]+")


class Canaries:
    """Credentials whose values are known, to be found wherever they get to.

    Args:
        values: The value of each credential; empty ones are left out.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = {name: value for name, value in values.items() if value}
        self._forms = {
            name: [form.encode() for form in forms(value)] for name, value in self.values.items()
        }

    @classmethod
    def made_up(cls, names: Iterable[str]) -> "Canaries":
        """Make up a value for each name."""
        return cls({name: _made_up(name) for name in names})

    @property
    def names(self) -> tuple[str, ...]:
        """The credentials."""
        return tuple(self.values)

    @property
    def marks(self) -> frozenset[bytes]:
        """Few texts, one of which stands wherever a value stands in clear."""
        values = self.values.values()
        return frozenset((_PREFIX if it.startswith(_PREFIX) else it).encode() for it in values)

    @property
    def longest(self) -> int:
        """How many bytes the longest form of any of them has."""
        return max((len(form) for found in self._forms.values() for form in found), default=1)

    def seen_in(self, text: str | bytes) -> tuple[str, ...]:
        """Return the credentials whose value stands in a text, in any form."""
        raw = text.encode(errors="replace") if isinstance(text, str) else text
        return tuple(
            name for name, found in self._forms.items() if any(form in raw for form in found)
        )

    def __or__(self, other: "Canaries") -> "Canaries":
        return Canaries({**self.values, **other.values})


def plant(project: Project) -> Canaries:
    """Give each credential of a copy's `.env.local` a made-up value, but for the gateway's token.

    That one is left for the command that makes it. The values go into the example that the file is
    made from, so that it is made as anybody's.
    """
    canaries = Canaries.made_up(it for it in local_names(project) if it != envfile.TOKEN)
    if canaries.names:
        example = project.root / envfile.EXAMPLE
        text = envfile.filled_in(example.read_text(encoding="utf-8"), canaries.values)
        example.write_text(text, encoding="utf-8")
    return canaries


def _made_up(name: str) -> str:
    # Signs that every encoding changes, and none that an environment file gives a meaning to.
    word = _SEPARATORS.sub("-", name.lower())
    return f"{_PREFIX}{word}+{secrets.token_hex(12)}~"
