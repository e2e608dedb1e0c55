"""The tools that the Rust stage compiled, run in the production image without network."""

import re
import shlex
from pathlib import PurePath

from harness.criteria.facts.in_image import Ran, run
from harness.criteria.facts.model import Facts
from harness.docker.inputs import context_files
from harness.engine.model import Engine
from harness.project import Project

__all__ = ["RustToolFacts", "observe"]

_TITLE = "harness probe of the issue list"
_DIRECTORY = "grimoires"
_WORD = re.compile(r"[A-Za-z]{7,}")
# Where an image keeps the framework's files is its own affair.
_FIND = "find / -xdev -type d -name grimoires -not -path '/proc/*' 2>/dev/null | head -n 1"
_SHORT = 300
# A word may stand in thousands of lines, and long ones; only the end of what is printed is kept.
_SEARCH = """
found=$(mktemp)
ck -rn {word} "$({find})" >"$found"
status=$?
grep -F {file} "$found" | grep -v '.\\{{600\\}}' | head -n 3
exit $status
"""
_ISSUES = f"""
set -e
cd "$(mktemp -d)"
git init --quiet . 2>/dev/null || true
br init >/dev/null
br create {shlex.quote(_TITLE)} >/dev/null
br list
"""


class RustToolFacts(Facts):
    """What `ck` and `br` did.

    Attributes:
        ck: `ck --version`.
        wanted: The word that was searched for, and the file of grimoires/ that holds it.
        search: What `ck` found of it in the image's grimoires/, as far as it names that file.
        br: `br --version`.
        title: What an issue was called that `br` made.
        issues: The list of `br` after that.
    """

    ck: Ran
    wanted: tuple[str, str]
    search: Ran
    br: Ran
    title: str
    issues: Ran


def observe(project: Project, engine: Engine, image: str) -> RustToolFacts:
    """Run each of them as a person would."""
    word, file = _something_to_find(project)
    search = _SEARCH.format(word=word, find=_FIND, file=shlex.quote(file))
    return RustToolFacts(
        ck=run(engine, image, ["ck", "--version"]),
        wanted=(word, file),
        search=run(engine, image, ["sh", "-c", search]),
        br=run(engine, image, ["br", "--version"]),
        title=_TITLE,
        issues=run(engine, image, ["sh", "-c", _ISSUES]),
    )


def _something_to_find(project: Project) -> tuple[str, str]:
    """Return a long word of a document under grimoires/ that builds see, and that one's name."""
    dockerfile = project.root / project.config.image.dockerfile
    for name in context_files(project.root, dockerfile, [_DIRECTORY]):
        if name.endswith(".md"):
            text = (project.root / name).read_text(encoding="utf-8", errors="replace")
            short = (line for line in text.splitlines() if len(line) < _SHORT)
            found = next(filter(None, map(_WORD.search, short)), None)
            if found:
                return found[0], PurePath(name).name
    return "", ""
