"""What several runs say together: of each criterion the newest verdict that a check gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from harness.console import log
from harness.criteria.catalog import Catalog, Criterion
from harness.criteria.evidence import CriterionEvidence, Evidence
from harness.criteria.verdict import Judgement, Verdict
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
    """A criterion's verdict, and the run that it is from; None where no run knows the criterion."""

    criterion: CriterionEvidence
    source: Source | None


@dataclass(frozen=True)
class Merged:
    """What all runs say together.

    Attributes:
        findings: One for each criterion, in the order of the catalog or else of the newest run.
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


def merge(runs: Sequence[Source], known: Catalog | None = None) -> Merged:
    """Put runs together.

    Args:
        runs: The evidence.
        known: The criteria that there are, of which each is told, as the gate asks for it; what is
            left of others is left out, and that is said. Without it, those of the newest run.

    Raises:
        ConfigError: There is none.
    """
    if not runs:
        raise ConfigError("there is no evidence yet", "gather it with `harness accept`")
    ordered = sorted(runs, key=lambda it: it.evidence.run.started, reverse=True)
    criteria = [_by_id(it) for it in ordered]
    names = dict.fromkeys(chain.from_iterable(criteria))
    found = {it: _newest(it, ordered, criteria) for it in names}
    if known is None:
        findings = [found[it] for it in criteria[0]]
    else:
        _tell_of_gone(criteria[0], known)
        findings = [_today(it, found.get(it.id)) for it in known]
    used = [it for it in ordered if any(finding.source is it for finding in findings)]
    return Merged(findings, [ordered[0], *(it for it in used if it is not ordered[0])])


def _by_id(source: Source) -> Mapping[str, CriterionEvidence]:
    return {it.id: it for it in source.evidence.criteria}


def _tell_of_gone(newest: Mapping[str, CriterionEvidence], known: Catalog) -> None:
    gone = [it for it in newest if it not in known]
    if gone:
        log.warn(f"left out: {', '.join(gone)}: no file of criteria names them any more")


def _newest(
    name: str, sources: Sequence[Source], criteria: Sequence[Mapping[str, CriterionEvidence]]
) -> Finding:
    said = [
        Finding(known[name], source)
        for source, known in zip(sources, criteria, strict=True)
        if name in known
    ]
    return next((it for it in said if it.criterion.was_judged), said[0])


def _today(criterion: Criterion, found: Finding | None) -> Finding:
    """Return what evidence says of a criterion as it is now: the gate takes no pass by another."""
    if found is None:
        unknown = Judgement.unverified("no evidence yet")
        return Finding(CriterionEvidence.of(criterion, unknown, complete=False), None)
    reason = found.criterion.by_another_limit(criterion)
    if not reason:
        return found
    doubt = {"verdict": Verdict.UNVERIFIED, "reason": reason}
    return Finding(found.criterion.model_copy(update=doubt), found.source)
