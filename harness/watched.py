"""Whether `[watch]` in harness.toml names what the gateway loads.

A save of what it does not name is told as visible at once, and it is not.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness import config, tracked
from harness.project import Project

__all__ = ["MEND", "fault"]

MEND = "name the layer's sources there, relative to the checkout"
"""What to do about it."""

_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|.", re.DOTALL)
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def fault(project: Project) -> str:
    """Return in a line what is wrong with `watch.include`; nothing if it fits.

    Patterns with brackets or parentheses are Node's alone to read, and are not judged.
    """
    known = tracked.files(project.root)
    # Some that are loaded are nothing that git would track, and to look at the disk takes longer.
    return _fault(project, known) and _fault(project, [*known, *_on_disk(project)])


def _on_disk(project: Project) -> list[Path]:
    return [it.relative_to(project.root) for it in tracked.walk(project.layer)]


def _fault(project: Project, files: Iterable[Path]) -> str:
    names = [it.as_posix() for it in files]
    layer = project.layer.relative_to(project.root).as_posix()
    inside = [it for it in names if it.startswith(f"{layer}/")]
    include = project.config.watch.include
    if inside and not any(_matches(glob, inside) for glob in include):
        what = f"no file of {layer} matches {_quoted(include)}, so no save there is loaded"
        return f"watch.include ({_place(project)}): {what}"
    empty = [glob for glob in include if not _matches(glob, names)]
    # What is there by default, or follows from the probe's file, may name more than there is.
    if empty and _place(project).startswith(f"{config.FILE_NAME}:"):
        return f"watch.include ({_place(project)}): no file matches {_quoted(empty)}"
    return ""


def _place(project: Project) -> str:
    return config.place_of(project.root, "watch.include")


def _quoted(globs: Sequence[str]) -> str:
    return ", ".join(repr(it) for it in globs)


def _matches(glob: str, names: Iterable[str]) -> bool:
    globs = _expanded(glob)
    if any(set("([{") & set(it) for it in globs):
        return True
    patterns = [re.compile(_as_regex(it), re.DOTALL) for it in globs]
    return any(pattern.fullmatch(name) for name in names for pattern in patterns)


def _expanded(glob: str) -> list[str]:
    """Return a glob for each choice of its braces."""
    found = _BRACES.search(glob)
    if not found:
        return [glob]
    before, after = glob[: found.start()], glob[found.end() :]
    return [it for word in found[1].split(",") for it in _expanded(f"{before}{word}{after}")]


def _as_regex(glob: str) -> str:
    return "".join(_WILD.get(it) or re.escape(it) for it in _TOKEN.findall(glob))
