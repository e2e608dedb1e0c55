"""What a report says in sentences, on the page as in Markdown."""

from harness.criteria.verdict import Verdict
from harness.report.merged import Merged

__all__ = ["conclusion", "place"]

_SHORT = 12


def conclusion(merged: Merged) -> str:
    """Return how many criteria passed, and what did not, in one line."""
    parts = [f"{merged.count(Verdict.PASSED)} of {len(merged.findings)} passed"]
    for verdict in (Verdict.FAILED, Verdict.UNVERIFIED):
        count = merged.count(verdict)
        parts += [f"{count} {verdict}"] if count else []
    return ", ".join(parts)


def place(merged: Merged) -> str:
    """Return what was checked, when and where, in one line."""
    newest = merged.newest
    checkout, machine, engine = newest.project, newest.machine, newest.engine
    revision = (checkout.revision or "no revision")[:_SHORT]
    changes = f" with {checkout.changed} changes" if checkout.changed else ""
    on = f"; Docker {engine.version}, {engine.origin}" if engine else "; no engine"
    return (
        f"{checkout.name} at {revision}{changes}, {newest.run.started:%Y-%m-%d %H:%M} UTC, "
        f"on {machine.cpus} processors, {machine.memory_bytes / 2**30:.0f} GiB, "
        f"{machine.system}{on}"
    )
