"""The table of verdicts at the end of a run, for the terminal."""

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from harness.criteria.evidence import CriterionEvidence
from harness.criteria.verdict import Verdict
from harness.pytest.run import Run

__all__ = ["write_left", "write_summary"]

_COLOURS = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.UNVERIFIED: "yellow"}
_WIDTH = 100
_INDENT = " " * 19
_NO_CHECK, _NOT_RUN = "no check yet", "not run"


def write_summary(reporter: pytest.TerminalReporter, run: Run, path: str) -> None:
    """Write one line for each criterion that a check ran for, and the others in a paragraph.

    Of those that nobody asked for only what failed is told.
    """
    reporter.section("criteria")
    criteria = run.record.verdicts()
    told = [it for it in criteria if it.id in run.asked or it.verdict is Verdict.FAILED]
    rest = [it for it in told if _is_silent(it)]
    for criterion in told:
        if criterion not in rest:
            _write(reporter, criterion)
    for head in (_NOT_RUN, _NO_CHECK):
        names = [it.id for it in rest if it.reason.startswith(head)]
        if names:
            reporter.write_line(_paragraph(f"unverified: {head} ({len(names)}): ", names))
    others = len(criteria) - len(told)
    left = f"; {others} not asked for" if others else ""
    reporter.write_line("")
    if changed := " and ".join(run.changed()):
        line = f"the {changed} changed while the checks ran: no gate takes that for a revision's"
        reporter.write_line(f"{line}; run them again", yellow=True)
    reporter.write_line(f"{_counts(told)}{left}; evidence: {path}", bold=True)


def write_left(reporter: pytest.TerminalReporter, root: Path) -> None:
    """Say how to look at a stack that was left up, and what takes it away."""
    for verb in ("status", "shell", "logs"):
        reporter.write_line(f"look at it: harness {verb} --project {root}")
    reporter.write_line(f"remove it:  harness clean --project {root}", yellow=True)


def _is_silent(criterion: CriterionEvidence) -> bool:
    """Whether nothing ran for it and nothing was to."""
    said = criterion.checks or criterion.verdict is Verdict.FAILED
    return not said and criterion.reason.startswith((_NOT_RUN, _NO_CHECK))


def _write(reporter: pytest.TerminalReporter, criterion: CriterionEvidence) -> None:
    reporter.write(f"{criterion.id:<8}")
    reporter.write(f"{criterion.verdict:<11}", **{_COLOURS[criterion.verdict]: True})
    told = "; ".join(str(it) for it in criterion.measurements)
    lines = [criterion.claim if criterion.verdict is Verdict.PASSED else _shown(criterion.reason)]
    lines += [criterion.note] if criterion.note else []
    if told not in criterion.reason:  # an empty one is in every text
        lines.append(told)
    text = "\n".join(_indented(line) for line in lines)
    reporter.write(f"{text.lstrip()}\n")


def _indented(line: str) -> str:
    return textwrap.fill(line, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _shown(reason: str) -> str:
    """Leave out what the line of the criterion that carries the failure says already."""
    return reason.partition(":")[0] if reason.startswith("rests on ") else reason


def _paragraph(head: str, names: Sequence[str]) -> str:
    return textwrap.fill(head + ", ".join(names), _WIDTH, subsequent_indent="    ")


def _counts(criteria: Iterable[CriterionEvidence]) -> str:
    verdicts = [it.verdict for it in criteria]
    return ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in Verdict)
