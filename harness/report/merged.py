"""What several runs say together: of each criterion the newest verdict that a check gave."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.console import log
from harness.criteria.evidence import CriterionEvidence, Evidence
from harness.criteria.verdict import Verdict
from harness.errors import ConfigError

__all__ = ["Finding", "Merged", "Source", "merge", "sources"]


@dataclass(frozen=True)
class Source:
    """One evidence file.

    Attributes:
        path: Where it is; its artifacts are named relative to its directory.
        evidence: What it says.
    """

    path: Path
    evidence: Evidence


@dataclass(frozen=True)
class Finding:
    """A criterion's verdict, and the run that it is from."""

    criterion: CriterionEvidence
    source: Source


@dataclass(frozen=True)
class Merged:
    """What all runs say together.

    Attributes:
        findings: One for each criterion, in the order of the newest run.
        sources: The runs that a finding is from, the newest first.
    """

    findings: Sequence[Finding]
    sources: Sequence[Source]

    @property
    def newest(self) -> Evidence:
        """The evidence of the newest run."""
        return self.sources[0].evidence

    def count(self, verdict: Verdict) -> int:
        """Return how many criteria have that verdict."""
        return sum(it.criterion.verdict is verdict for it in self.findings)

    def of(self, verdict: Verdict) -> list[Finding]:
        """Return the findings of that verdict."""
        return [it for it in self.findings if it.criterion.verdict is verdict]


def sources(place: Path) -> list[Source]:
    """Read an evidence file, or all of a directory; a checkout's own may not be there yet.

    What is no evidence, such as an earlier version's, is left out of a directory, and that is said.

    Raises:
        ConfigError: There is no such file, or it is no evidence.
    """
    if place.is_dir():
        paths = [path for path in sorted(place.glob("*.json")) if path.name != "latest.json"]
        return [it for path in paths if (it := _readable(path))]
    if not place.exists() and place.name == "evidence":
        return []
    return [Source(place, Evidence.read(place))]


def _readable(path: Path) -> Source | None:
    try:
        return Source(path, Evidence.read(path))
    except ConfigError as error:
        log.warn(f"left out: {error}")
        return None


def merge(runs: Sequence[Source], known: Container[str] | None = None) -> Merged:
    """Put runs together.

    Args:
        runs: The evidence.
        known: The criteria that there are; what is left of others is left out, and that is said.

    Raises:
        ConfigError: There is none.
    """
    if not runs:
        raise ConfigError("there is no evidence yet", "gather it with `harness accept`")
    ordered = sorted(runs, key=lambda it: it.evidence.run.started, reverse=True)
    newest = [_by_id(it) for it in ordered]
    names = [it.id for it in ordered[0].evidence.criteria]
    gone = [it for it in names if known is not None and it not in known]
    if gone:
        log.warn(f"left out: {', '.join(gone)}: no file of criteria names them any more")
    findings = [_newest(it, ordered, newest) for it in names if it not in gone]
    used = [it for it in ordered if any(found.source is it for found in findings)]
    return Merged(findings, [ordered[0], *(it for it in used if it is not ordered[0])])


def _by_id(source: Source) -> Mapping[str, CriterionEvidence]:
    return {it.id: it for it in source.evidence.criteria}


def _newest(
    name: str, sources: Sequence[Source], criteria: Sequence[Mapping[str, CriterionEvidence]]
) -> Finding:
    said = [
        Finding(known[name], source)
        for source, known in zip(sources, criteria, strict=True)
        if name in known
    ]
    return next((it for it in said if it.criterion.was_judged), said[0])
