"""The evidence of one run: one JSON file, complete and valid at every moment."""

import re
from itertools import chain, count
from pathlib import Path
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, ValidationError

from harness import whole
from harness.criteria.as_json import as_json
from harness.criteria.catalog import Criterion, Gate, Priority
from harness.criteria.environment import Checkout, EngineInfo, HarnessInfo, ImageInfo, Machine
from harness.criteria.quantity import Limit
from harness.criteria.verdict import Judgement, Measurement, Verdict
from harness.errors import ConfigError
from harness.owner import Owner

__all__ = ["CheckEvidence", "CriterionEvidence", "Evidence", "EvidenceFile", "Fault", "RunInfo"]

SCHEMA_VERSION: Final = 1

_ODD = re.compile(r"[^\w.-]", re.ASCII)
_LONGEST_NAME = 200


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class CheckEvidence(_Part):
    """What one check found out about one criterion.

    Attributes:
        check: The check, as pytest names it.
        note: What was observed, where the claim alone would be taken for more than that.
        observed: The facts that the judgement was made from, by their kind.
        seconds: How long the check took, what it set up included.
        artifacts: Files beside the evidence file, relative to its directory.
    """

    check: str
    verdict: Verdict
    reason: str
    measurements: tuple[Measurement, ...]
    observed: dict[str, JsonValue]
    seconds: float
    artifacts: tuple[str, ...]
    note: str = ""


class CriterionEvidence(_Part):
    """A criterion's verdict over all its checks.

    Attributes:
        limit: The limit that it was judged by.
        note: What was observed, where the claim alone would be taken for more than that.
        complete: Whether all checks of it ran to their end.
    """

    id: str
    priority: Priority
    gate: Gate
    claim: str
    limit: Limit | None = None
    verdict: Verdict
    reason: str
    measurements: tuple[Measurement, ...]
    checks: tuple[CheckEvidence, ...]
    note: str = ""
    complete: bool = True

    @classmethod
    def of(
        cls,
        criterion: Criterion,
        judgement: Judgement,
        checks: tuple[CheckEvidence, ...] = (),
        *,
        complete: bool,
    ) -> "CriterionEvidence":
        """Say what became of a criterion as it is now."""
        return cls(
            **criterion.model_dump(include={"id", "priority", "gate", "claim", "limit"}),
            **dict(judgement),
            checks=checks,
            complete=complete,
        )

    @property
    def judgement(self) -> Judgement:
        """The verdict with its reason, measurements and note."""
        return Judgement(
            verdict=self.verdict,
            reason=self.reason,
            measurements=self.measurements,
            note=self.note,
        )

    @property
    def was_judged(self) -> bool:
        """Whether the run says anything of it: all checks of it ended, or one of them failed.

        A run that left one out, or was ended in it, takes nothing back of what an earlier one
        found out.
        """
        return (bool(self.checks) and self.complete) or self.verdict is Verdict.FAILED

    def by_another_limit(self, criterion: Criterion) -> str:
        """Return why a pass is none of the criterion as it is now; empty if its limit is the same.

        Args:
            criterion: The criterion of this id.
        """
        if self.verdict is not Verdict.PASSED or self.limit == criterion.limit:
            return ""
        return f"passed with the limit {self.limit}, which is {criterion.limit}"


class Fault(_Part):
    """A precondition of checks that failed, and the criterion that carries the failure."""

    criterion: str | None
    reason: str
    artifacts: tuple[str, ...] = ()


class RunInfo(_Part):
    """When and how the checks ran.

    Attributes:
        state: `running` in the file of a process that is gone means that it was killed.
        owner: The process that writes the file, as `Owner` does.
        arguments: What pytest was called with.
        image: What `--image` asked for: its checks stand on this one, or on none. Empty without.
        changed: What was seen to change while the checks ran: `revision`, `files` or a part of the
            checkout, or the `harness`.
    """

    id: str
    state: Literal["running", "finished", "interrupted"]
    started: AwareDatetime
    ended: AwareDatetime | None
    owner: str
    arguments: tuple[str, ...]
    image: str = ""
    changed: tuple[str, ...] = ()


class Evidence(_Part):
    """Everything that one run found out."""

    schema_version: Literal[1] = SCHEMA_VERSION
    run: RunInfo
    harness: HarnessInfo
    machine: Machine
    engine: EngineInfo | None
    project: Checkout
    images: dict[str, ImageInfo]
    faults: tuple[Fault, ...]
    criteria: tuple[CriterionEvidence, ...]

    @classmethod
    def read(cls, path: Path) -> "Evidence":
        """Read an evidence file; one that its writer left unfinished is said to be interrupted.

        Raises:
            ConfigError: It cannot be read, or is of another schema version.
        """
        try:
            found = cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"]) or "the file"
            raise ConfigError(
                f"{path}: no evidence of version {SCHEMA_VERSION}: {where}: {problem['msg']}",
                "gather it again with `pytest acceptance/`",
            ) from error
        if found.run.state == "running" and not _lives(found.run.owner):
            run = found.run.model_copy(update={"state": "interrupted"})
            return found.model_copy(update={"run": run})
        return found


class EvidenceFile:
    """Where a run's evidence is written: `<run>.json`, its copy `latest.json`, and artifacts.

    Args:
        directory: The directory of all runs, made if it is missing.
        run: The run's id.
    """

    def __init__(self, directory: Path, run: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.path = directory / f"{run}.json"
        self._folders: dict[str, str] = {}

    def artifact(self, check: str, name: str) -> Path:
        """Return where a check's artifact belongs; its directory, no other check's, is made."""
        folder = self.directory / self.path.stem / self._folder(check)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def write(self, evidence: Evidence) -> None:
        """Replace the file in one step, so that a killed run leaves what it knew before."""
        text = as_json(evidence)
        for path in (self.path, self.directory / "latest.json"):
            whole.replace(path, text)

    def _folder(self, check: str) -> str:
        """Return the name of a check's directory, with a number where another check has it."""
        if check not in self._folders:
            plain = _file_name(check)
            names = chain([plain], (f"{plain}-{number}" for number in count(2)))
            taken = self._folders.values()
            self._folders[check] = next(it for it in names if it not in taken)
        return self._folders[check]


def _lives(owner: str) -> bool:
    """Whether the process that a file names as its writer is there; nothing else is one."""
    try:
        return Owner.parse(owner).alive()
    except ValueError:
        return False


def _file_name(check: str) -> str:
    """Return a name that says which check it is; more than one may have the same."""
    file, function, rest = check.partition("::")
    name = file.rpartition("/")[2].removesuffix(".py") + ("-" if function else "") + rest
    return _ODD.sub("-", name)[:_LONGEST_NAME]
