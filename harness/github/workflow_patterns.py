"""The patterns of branches, tags and paths, as GitHub's filters read them.

They are no shell globs: `*` stops at a slash and `**` does not, `?` and `+` repeat what stands
before them, and a leading `!` takes out what an earlier pattern let in.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from harness.github.errors import BeyondModelError

__all__ = ["matches", "selects"]

_PARTS = re.compile(
    r"(?P<escaped>\\.)|(?P<folders>(?:(?<=/)|^)\*\*/)|(?P<all>\*\*)|(?P<some>\*)"
    r"|(?P<set>\[[^\]]*\])|(?P<repeat>[?+])|(?P<plain>.)",
    re.DOTALL,
)
_SET = re.compile(r"\[[A-Za-z0-9._-]+\]")


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern without a leading `!` fits a whole name.

    Raises:
        BeyondModelError: It is written in a way that GitHub does not document.
    """
    return _compiled(pattern).fullmatch(name) is not None


def selects(patterns: Sequence[str], name: str) -> bool:
    """Whether patterns let a name in; of those that fit, the last one decides.

    Raises:
        BeyondModelError: See `matches`.
    """
    fitting = [it for it in patterns if matches(it.removeprefix("!"), name)]
    return bool(fitting) and not fitting[-1].startswith("!")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_translated(pattern)), re.DOTALL)


def _translated(pattern: str) -> Iterator[str]:
    before = "repeat"
    for part in _PARTS.finditer(pattern):
        kind = str(part.lastgroup)
        text = part.group()
        if kind == "repeat" and before == "repeat":
            raise BeyondModelError(f"the pattern {pattern}, in which {text} repeats nothing")
        if kind == "set" and not _SET.fullmatch(text):
            raise BeyondModelError(f"the pattern {pattern}, with the set {text}")
        yield _expression(kind, text)
        before = kind


def _expression(kind: str, text: str) -> str:
    known = {"folders": "(?:.*/)?", "all": "(?:.*)", "some": "(?:[^/]*)", "repeat": text}
    if kind in known:
        return known[kind]
    return text if kind == "set" else re.escape(text[-1])
