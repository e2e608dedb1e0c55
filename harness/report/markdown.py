"""The report as Markdown, for a pull request and for a job's summary on GitHub."""

import re
from collections.abc import Iterator

from harness.criteria.verdict import Verdict
from harness.report.merged import Finding, Merged
from harness.report.outline import outline
from harness.report.words import conclusion, place, short

__all__ = ["escaped", "render"]

_SIGNS = {Verdict.PASSED: "✅", Verdict.FAILED: "❌", Verdict.UNVERIFIED: "❔"}
# What Markdown, a table or GitHub would take for something else than text.
_SPECIAL = re.compile(r"[\\`*_~|\[\]<>&@#!]")


def render(merged: Merged) -> str:
    """Return the report; what failed comes first, and what passed is folded."""
    return "\n".join(_lines(merged)) + "\n"


def _lines(merged: Merged) -> Iterator[str]:
    yield f"## Acceptance: {escaped(conclusion(merged))}"
    yield ""
    yield escaped(place(merged))
    failed = merged.of(Verdict.FAILED)
    if failed:
        yield from ("", "| criterion | why it failed |", "|---|---|")
        yield from (f"| {_name(it)} | {escaped(it.criterion.reason)} |" for it in failed)
    yield from ("", "<details><summary>All criteria</summary>", "")
    for chapter in outline(merged.findings):
        yield from (
            f"**{escaped(chapter.title)}**",
            "",
            "| | criterion | measured, or why not verified |",
            "|---|---|---|",
        )
        yield from (_row(it) for section in chapter.sections for it in section.findings)
        yield ""
    yield "</details>"


def _row(finding: Finding) -> str:
    criterion = finding.criterion
    unverified = criterion.verdict is Verdict.UNVERIFIED
    why = [criterion.reason] if unverified and criterion.reason else []
    why += [criterion.note] if criterion.note else []
    told = "<br>".join(escaped(it) for it in (*why, *map(str, criterion.measurements)))
    return f"| {_SIGNS[criterion.verdict]} | {_name(finding)} | {told} |"


def _name(finding: Finding) -> str:
    criterion = finding.criterion
    return f"**{criterion.id}** {criterion.priority} {escaped(criterion.claim)}"


def escaped(text: str) -> str:
    """Return a text that stays one, on one line, whatever is in it."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", " ".join(short(text).split()))
