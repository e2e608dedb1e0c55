"""One run of the checks: what it concluded so far, and the evidence file that says so."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from docker.errors import DockerException

from harness.acceptance import CRITERIA, local_criteria, local_of
from harness.criteria.catalog import Catalog, Gate, Priority
from harness.criteria.checks import declared
from harness.criteria.environment import EngineInfo, ImageInfo, Machine
from harness.criteria.evidence import CriterionEvidence, Evidence, EvidenceFile, RunInfo
from harness.criteria.faults import PreconditionError
from harness.criteria.record import CheckRecord, Record
from harness.criteria.steady import Steady
from harness.criteria.verdict import Verdict
from harness.engine.model import Engine
from harness.errors import HarnessError
from harness.owner import Owner
from harness.project import Project
from harness.pytest import artifacts

if TYPE_CHECKING:
    from harness.docker.stack import Stack
    from harness.fixtures.stack import AcceptanceStack

__all__ = ["CHECK", "RUN", "Run"]


class Run:
    """The run of one pytest session that collected checks.

    Args:
        project: The checkout that is checked.
        checks: The directory of the checks, with criteria.toml in it.
        root: What pytest names the checks relative to.
        arguments: What pytest was called with.
        image: The image of a registry that the checks stand on; empty where none was asked for.

    Attributes:
        record: What was concluded so far.
        asked: The criteria that the run is to tell of.
        beyond: Those that nobody named, and of which the chosen checks cannot tell whether they
            hold; only that they do not.
        stack: The stack that is up, for diagnosis.
        left: The copy whose stack is left up for a look.
        remains: What was kept of a stack that did not come up, relative to the evidence file.
    """

    def __init__(
        self,
        project: Project,
        checks: Path,
        root: Path,
        arguments: tuple[str, ...],
        image: str = "",
    ) -> None:
        catalog = Catalog.load(checks / CRITERIA, *local_criteria(project))
        self.project = project
        self.record = Record(catalog, _declared(checks, root, local_of(project)))
        self.asked = frozenset(catalog.criteria)
        self.beyond: frozenset[str] = frozenset()
        self._by_id: frozenset[str] = frozenset()
        self.stack: AcceptanceStack | None = None
        self.remains: tuple[str, ...] = ()
        self.left: Project | None = None
        self._engine: EngineInfo | None = None
        self._images: dict[str, ImageInfo] = {}
        self._machine = Machine.observe()
        self._steady = Steady(project, checks)
        self._arguments = arguments
        self._image = image
        self._started = datetime.now(UTC)
        name = f"{self._started:%Y%m%dT%H%M%SZ}-{os.getpid()}"
        self.file = EvidenceFile(project.state_dir / "evidence", name)

    def ask_for(
        self, criteria: Collection[str], priorities: Collection[str], gates: Collection[str] = ()
    ) -> None:
        """Ask for these criteria, and those of these priorities and gates; for all, if for none.

        Raises:
            ConfigError: There is no criterion of that id.
        """
        self._by_id = frozenset(self.record.catalog[name].id for name in criteria)
        asked = set(self._by_id)
        if priorities or gates:
            asked |= {
                it.id
                for it in self.record.catalog
                if it.priority in (priorities or Priority) and it.gate in (gates or Gate)
            }
        if criteria or priorities or gates:
            self.asked = frozenset(asked)

    def narrow(self, within: Collection[str]) -> None:
        """Ask for nothing beyond these criteria, but what was named."""
        kept = self.asked & (self._by_id | set(within))
        self.beyond |= self.asked - kept
        self.asked = kept

    @property
    def tells(self) -> bool:
        """Whether there are checks, and they are asked for something or have begun."""
        return bool(self.record.collected and (self.asked or self.record.checks))

    def told(self) -> list[CriterionEvidence]:
        """Return what became of the criteria that were asked for, and what failed beyond them."""
        return [
            it
            for it in self.record.verdicts()
            if it.id in self.asked or (it.id in self.beyond and it.verdict is Verdict.FAILED)
        ]

    def uses_engine(self, engine: Engine) -> None:
        """Note the engine."""
        self._engine = EngineInfo.observe(engine)

    def uses_image(self, role: str, image: ImageInfo) -> None:
        """Note an image and the role that it has, for example `base`."""
        self._images[role] = image

    def close_stack(self, *, keep: bool) -> None:
        """Say that no check needs the stack any more; keep it if one failed on it and `keep`."""
        failed = any(it.artifacts for it in self.record.checks.values())
        self.left = self.stack.project if keep and failed and self.stack else None
        self.stack = None

    def leaves_stack(self) -> bool:
        """Whether the stack stays up for a look, with the copy that it runs from."""
        return self.left is not None

    def require_stack(self) -> None:
        """Say that nothing can be checked on a stack that came up and is gone since.

        Raises:
            PreconditionError: Its container was stopped or removed, or its engine was.
        """
        try:
            status = self.stack.container.status if self.stack else "running"
        except (HarnessError, DockerException, OSError) as error:
            status = f"gone ({error})"
        if status != "running":
            raise PreconditionError(None, f"the run's stack is {status}; something else ended it")

    def keep(self, stack: "Stack", check: str) -> tuple[str, ...]:
        """Keep the state of a stack for a check that failed; return the files that hold it."""
        kept = artifacts.keep(stack, lambda name: self.file.artifact(check, name))
        return (*self._named(kept), *self.keep_builds(stack.project, check))

    def keep_builds(self, project: Project, check: str) -> tuple[str, ...]:
        """Keep what the builds of a checkout's images did; return the files that hold it."""
        kept = artifacts.keep_builds(project, lambda name: self.file.artifact(check, name))
        return self._named(kept)

    @contextmanager
    def leaving_builds(self, project: Project) -> Iterator[None]:
        """Keep what the builds of a checkout's images did if one fails in the block."""
        try:
            yield
        except HarnessError:
            self.remains = self.keep_builds(project, "images")
            raise

    def _named(self, paths: Collection[Path]) -> tuple[str, ...]:
        return tuple(str(path.relative_to(self.file.directory)) for path in paths)

    def save(self, state: Literal["running", "finished", "interrupted"] = "running") -> None:
        """Write the evidence as it stands now; a run that tells of no criterion has none."""
        if self.tells:
            self.file.write(self.evidence(state))

    def changed(self) -> tuple[str, ...]:
        """Return what has changed since the run began, so that it tells of no one revision."""
        return self._steady.changed()

    def evidence(self, state: Literal["running", "finished", "interrupted"]) -> Evidence:
        """Return the evidence as it stands now."""
        return Evidence(
            run=RunInfo(
                id=self.file.path.stem,
                state=state,
                started=self._started,
                ended=None if state == "running" else datetime.now(UTC),
                owner=str(Owner.me()),
                arguments=self._arguments,
                image=self._image,
                changed=self.changed(),
            ),
            harness=self._steady.harness,
            machine=self._machine,
            engine=self._engine,
            project=self._steady.checkout,
            images=self._images,
            faults=tuple(self.record.faults),
            criteria=self.record.verdicts(),
        )


def _declared(checks: Path, root: Path, local: Path) -> dict[str, tuple[str, ...]]:
    """Return the criteria of each check, with a project's own.

    pytest names what lies outside of its root relative to what it was called with; a project may
    lie below it, as a worktree in the harness's own checkout does.
    """
    found = declared(checks, root)
    if local.is_relative_to(checks):
        return found
    return found | declared(local, root if local.is_relative_to(root) else local)


RUN = pytest.StashKey[Run]()
CHECK = pytest.StashKey[CheckRecord]()
