"""What people are told of a run: a line for the commit, Markdown for a pull request."""

from collections.abc import Iterator

from harness.github.here import Here
from harness.github.outcome import Jobs, Outcome, State
from harness.report.markdown import escaped

__all__ = ["LONGEST_COMMENT", "LONGEST_LINE", "line", "markdown"]

LONGEST_LINE = 140
LONGEST_COMMENT = 65_000  # GitHub takes 65,536, with the mark by which it is found again
_SIGNS = {"success": "✅", "failure": "❌", "cancelled": "⏹️", "skipped": "▫️"}
_SHORT = 19


def line(outcome: Outcome) -> str:
    """Return the outcome in as many characters as a commit's status takes."""
    text = outcome.sentence
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"


def markdown(context: str, outcome: Outcome, jobs: Jobs, here: Here, report: str = "") -> str:
    """Return a comment that GitHub takes; of one that is too long the end is left out.

    Args:
        context: What the run is called.
        outcome: How it ended.
        jobs: Its jobs.
        here: The run.
        report: The acceptance report, if there is one.
    """
    sign = "✅" if outcome.state is State.SUCCESS else "❌"
    run = f" ([run]({here.url}))" if here.url else ""
    head = f"## {sign} {escaped(context)}: {escaped(line(outcome))}\n\nCommit {here.commit}{run}\n"
    text = head
    for part in ("\n".join(_table(jobs)), report):
        if len(text) + len(part) > LONGEST_COMMENT:
            return f"{text}\nThe rest is too long for a comment: see the run.\n"
        text += f"\n{part}" if part else ""
    return text


def _table(jobs: Jobs) -> Iterator[str]:
    yield from ("| | job | result | |", "|---|---|---|---|")
    for name, it in jobs.items():
        told = ", ".join(f"{key} {_cut(value)}" for key, value in (it.outputs or {}).items())
        yield f"| {_SIGNS[it.result]} | {escaped(name)} | {it.result} | {escaped(told)} |"
    yield ""


def _cut(value: str) -> str:
    """Shorten a digest, of which a few digits say enough."""
    return f"{value[:_SHORT]}…" if value.startswith("sha256:") else value
