"""One check of the doctor, and what it finds."""

from harness.doctor.finding import Check, Finding, Subject, examine
from harness.project import Project


def look(check: Check, subject: Project | None = None) -> list[Finding]:
    return list(examine(Subject(subject), [check]))


def one(check: Check, subject: Project | None = None) -> Finding:
    found = look(check, subject)
    assert len(found) == 1
    return found[0]
