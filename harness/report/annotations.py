"""What failed as annotations of GitHub's, which it shows beside the files.

The form is GitHub's: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Iterator

from harness.criteria.verdict import Verdict
from harness.report.merged import Finding, Merged
from harness.report.words import harmless

__all__ = ["annotations"]


def annotations(merged: Merged) -> Iterator[str]:
    """Yield an error for each criterion that failed, and a notice for what nobody can say."""
    for finding in merged.of(Verdict.FAILED):
        yield _command("error", finding)
    for finding in merged.of(Verdict.UNVERIFIED):
        if finding.criterion.was_judged:
            yield _command("notice", finding)


def _command(level: str, finding: Finding) -> str:
    criterion = finding.criterion
    properties = {"title": f"{criterion.id} {criterion.verdict}"}
    if criterion.checks:
        properties["file"] = criterion.checks[0].check.partition("::")[0]
    told = ",".join(f"{name}={_property(it)}" for name, it in properties.items())
    return f"::{level} {told}::{_data(f'{criterion.claim} {criterion.reason}')}"


def _data(text: str) -> str:
    return harmless(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
