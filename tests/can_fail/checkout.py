"""Small edits of a sound checkout's files, and the verdicts that come of them."""

from collections.abc import Callable
from typing import NamedTuple

from harness.criteria.verdict import Verdict
from harness.project import Project

__all__ = ["WORKFLOW", "Edit", "Found", "Recorder", "edit", "having", "is_caught", "is_sound"]

WORKFLOW = ".github/workflows/cloudflare-deploy.yml"

Found = dict[str, tuple[Verdict, str]]
"""A verdict and its reason, by criterion."""

Recorder = Callable[[str, object], None]
"""pytest's record_property: what the count of variants is made of."""


class Edit(NamedTuple):
    """A text that is replaced, and the criteria that then have the verdict."""

    name: str
    criteria: str
    old: str
    new: str
    file: str = WORKFLOW


def edit(checkout: Project, change: Edit) -> None:
    """Replace the text, which must be there once."""
    path = checkout.root / change.file
    text = path.read_text(encoding="utf-8")
    assert text.count(change.old) == 1, change.old
    path.write_text(text.replace(change.old, change.new), encoding="utf-8")


def having(found: Found, verdict: Verdict) -> dict[str, str]:
    """Return the criteria with this verdict, and why."""
    return {name: reason for name, (it, reason) in found.items() if it is verdict}


def is_caught(change: Edit, found: Found, record: Recorder) -> None:
    """Assert that the criteria fail that a sabotage is made for, and no other."""
    failed = having(found, Verdict.FAILED)
    record("variant", [change.criteria.split(), sorted(failed)])
    assert failed.keys() == set(change.criteria.split()), failed


def is_sound(found: Found, record: Recorder) -> None:
    """Assert that whatever is unusual is not taken for wrong."""
    wrong = {name: it for name, it in found.items() if it[0] is not Verdict.PASSED}
    record("variant", [[], sorted(wrong)])
    assert not wrong
