"""The published image under another name, wherever a checkout names it."""

import re
from contextlib import suppress

from harness import tracked
from harness.make import Makefile
from harness.project import Project

__all__ = ["rename_image"]

_OWN = re.compile(r"\bharness\b")
_UNREAD = (".md", ".rst", ".txt")


def rename_image(copy: Project, published: str, other: str) -> bool:
    """Have `make dev` of a copy ask for another image; return whether it is known to.

    A recipe that calls the harness takes the name from harness.toml, which must have the other one
    already; for any other it is replaced in each file but documents and workflows.

    Args:
        copy: The copy.
        published: The image's name in the checkout.
        other: The other name, with a tag.
    """
    if any(_OWN.search(line) for line in Makefile(copy.root).recipe("dev")):
        return True
    bare, _, tag = published.rpartition(":")
    if not bare or "/" in tag:
        bare = published
    changes = {re.escape(published): other, re.escape(bare): other.rpartition(":")[0]}
    files = [it for it in tracked.files(copy.root) if _is_read(copy, it.as_posix())]
    return sum(_replace(copy, it.as_posix(), changes) for it in files) > 0


def _is_read(copy: Project, name: str) -> bool:
    apart = name.startswith(".github/") or name.endswith(_UNREAD) or name == "harness.toml"
    path = copy.root / name
    return path.is_file() and not (apart or path.is_symlink())


def _replace(copy: Project, name: str, changes: dict[str, str]) -> bool:
    """Replace names in a file; return whether one was there."""
    path, text, count = copy.root / name, "", 0
    with suppress(UnicodeDecodeError):
        text = path.read_text(encoding="utf-8")
    for pattern, value in changes.items():
        # Another image may begin like it.
        text, found = re.subn(rf"(?<![\w./-]){pattern}(?![\w/-])", value, text)
        count += found
    if count:
        path.write_text(text, encoding="utf-8")
    return bool(count)
