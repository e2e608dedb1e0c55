"""The PRD's structure: which heading a criterion stands under."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from harness.report.merged import Finding

__all__ = ["Chapter", "Section", "outline"]

_CHAPTERS = {
    "G": "Goals",
    "FR": "Functional requirements",
    "NFR": "Non-functional requirements",
    "US": "User stories",
    "R": "Risks",
    "D": "Dependencies",
}
_OWN = "The project's own criteria"
_SECTIONS = {
    "G-1": "Local hot-reload development",
    "G-2": "Automated CI/CD pipeline",
    "G-3": "Multi-stage Dockerfile optimization",
    "FR-1": "Development Docker Compose",
    "FR-2": "Lightweight dev Dockerfile",
    "FR-3": "Development startup script",
    "FR-4": "Developer Makefile",
    "FR-5": "Cloudflare CI/CD workflow",
    "FR-6": "Multi-stage Dockerfile refactor",
    "NFR-1": "Performance",
    "NFR-2": "Reliability",
    "NFR-3": "Maintainability",
    "NFR-4": "Security: credential handling",
    "US-1": "Hot-reload development",
    "US-2": "Push-to-deploy",
    "US-3": "Local debugging",
    "R-1": "Base image availability",
    "R-2": "Volume mount performance",
    "R-3": "Secret management",
    "D-1": "GHCR base image",
    "D-2": "Cloudflare account",
    "D-3": "GitHub secrets",
}


class Section(NamedTuple):
    """A requirement, goal or the like, with its criteria.

    Attributes:
        name: Its id in the PRD, for example "FR-1".
        title: What the PRD calls it; empty for one that the PRD does not have.
    """

    name: str
    title: str
    findings: Sequence[Finding]


class Chapter(NamedTuple):
    """A chapter of the PRD, with its sections."""

    title: str
    sections: Sequence[Section]


def outline(findings: Sequence[Finding]) -> list[Chapter]:
    """Return the findings under the PRD's headings, in their order."""
    return [
        Chapter(title, list(_sections(list(inner))))
        for title, inner in groupby(findings, key=_chapter_of)
    ]


def _sections(findings: Sequence[Finding]) -> Iterator[Section]:
    for name, inner in groupby(findings, key=_section_of):
        yield Section(name, _SECTIONS.get(name, ""), list(inner))


def _chapter_of(finding: Finding) -> str:
    return _CHAPTERS.get(finding.criterion.id.partition("-")[0], _OWN)


def _section_of(finding: Finding) -> str:
    return finding.criterion.id.partition(".")[0]
