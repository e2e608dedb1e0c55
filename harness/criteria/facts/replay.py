"""Pull requests replayed: each recorded kind of change, built from the same warm state."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from harness.acceptance import checks_of
from harness.criteria.facts.model import Facts
from harness.criteria.facts.source_edit import holds, make
from harness.docker.production import Wanted, build_production
from harness.engine.model import Engine
from harness.fixtures.copy import working_copy
from harness.project import Project

__all__ = ["ReplayFacts", "Replayed", "observe", "recorded"]

_RECORDED = Path("data") / "pull_requests.toml"


class Replayed(Facts):
    """A kind of pull request, and the build after it.

    Attributes:
        touches: What it changes.
        commits: How many of the recorded ones are of this kind.
        files: The files that the image must then hold with the change.
        held: Those that it does.
        steps: How many steps the image has.
        cached: How many of them were found done.
        by_count: Their share; None where the build's record lacks a step.
        by_seconds: Their share of the time that all would have taken; None where that is unknown.
        seconds: What the build took, export included.
        problem: Why a share is unknown.
    """

    touches: tuple[str, ...]
    commits: int
    files: tuple[str, ...]
    held: tuple[str, ...]
    steps: int
    cached: int
    by_count: float | None
    by_seconds: float | None
    seconds: float
    problem: str


class ReplayFacts(Facts):
    """All recorded kinds."""

    builds: tuple[Replayed, ...]

    @property
    def by_count(self) -> float | None:
        """The share of steps found done over all commits; None where one kind's is unknown."""
        return self._mean([it.by_count for it in self.builds])

    @property
    def by_seconds(self) -> float | None:
        """The same of the time that all steps would have taken."""
        return self._mean([it.by_seconds for it in self.builds])

    def _mean(self, shares: Sequence[float | None]) -> float | None:
        commits = [it.commits for it in self.builds]
        known = [share for share in shares if share is not None]
        if not sum(commits) or len(known) < len(shares):
            return None
        return sum(n * share for n, share in zip(commits, known, strict=True)) / sum(commits)


def observe(project: Project, engine: Engine) -> ReplayFacts:
    """Build the image after each recorded kind of change; it must be built already."""
    return ReplayFacts(builds=tuple(_replay(project, engine, *kind) for kind in recorded()))


def recorded() -> list[tuple[tuple[str, ...], int]]:
    """Return the recorded kinds of change: what each touches, and how many commits did that."""
    found = tomllib.loads((checks_of() / _RECORDED).read_text(encoding="utf-8"))
    return [(tuple(it["touches"]), int(it["commits"])) for it in found["kind"]]


def _replay(project: Project, engine: Engine, touches: tuple[str, ...], commits: int) -> Replayed:
    with working_copy(project) as copy:
        marker, files = make(copy, touches)
        tag = f"{copy.config.project.name}-harness/replayed:{marker}"
        image = build_production(copy, engine, Wanted(tag=tag))
        try:
            held = holds(engine, tag, marker, files)
        finally:
            engine.client.images.remove(tag, force=True)
    return Replayed(
        touches=touches,
        commits=commits,
        files=files,
        held=held,
        steps=image.hits.steps,
        cached=image.hits.cached,
        by_count=image.hits.by_count,
        by_seconds=image.hits.by_seconds,
        seconds=round(image.seconds, 1),
        problem=image.hits.problem,
    )
