"""The PRD's structure: which heading a criterion stands under."""

from collections.abc import Callable, Iterator, Sequence
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
    """Return the findings under the PRD's headings, each of which stands once, in their order.

    A project's own that is called like one of the PRD's, `G-1.9`, stands among those.
    """
    chapters = _grouped(findings, _chapter_of)
    return [Chapter(title, list(_sections(inner))) for title, inner in chapters.items()]


def _sections(findings: Sequence[Finding]) -> Iterator[Section]:
    for name, inner in _grouped(findings, _section_of).items():
        yield Section(name, _SECTIONS.get(name, ""), inner)


def _grouped(
    findings: Sequence[Finding], key: Callable[[Finding], str]
) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for it in findings:
        found.setdefault(key(it), []).append(it)
    return found


def _chapter_of(finding: Finding) -> str:
    return _CHAPTERS.get(finding.criterion.id.partition("-")[0], _OWN)


def _section_of(finding: Finding) -> str:
    return finding.criterion.id.partition(".")[0]
