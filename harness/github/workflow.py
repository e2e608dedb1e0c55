"""A workflow as GitHub would run it: triggers, jobs and steps, local actions and calls followed.

GitHub's own parser, `@actions/workflow-parser`, reads one file and neither evaluates filters nor
follows what a job calls; that is what is asked here, so the reading is done in Python as well.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.github.errors import BeyondModelError, WorkflowError
from harness.github.workflow_triggers import Triggers
from harness.github.workflow_yaml import parse

__all__ = [
    "DIRECTORY",
    "Job",
    "Step",
    "Workflow",
    "action_inputs",
    "action_steps",
    "workflows",
]

DIRECTORY = ".github/workflows"
_LONGEST_JOB = 360.0
_DEEPEST_CALL = 10
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Step:
    """One step, of a job or of a local action that one uses.

    Attributes:
        place: Where it is, for messages: "deploy.yml: job build, step 2".
        document: What the file says of it; of a job's script also what it is run with by default.
        outer: The step that uses the local action that it is part of; None for a step of a job.
    """

    place: str
    document: Mapping[str, Any]
    outer: "Step | None" = None

    @property
    def run(self) -> str:
        """The script; empty where it uses an action."""
        return str(self.document.get("run") or "")

    @property
    def uses(self) -> str:
        """The action; empty where it is a script."""
        return str(self.document.get("uses") or "")

    @property
    def directory(self) -> str:
        """Where its script runs, relative to the checkout."""
        return str(self.document.get("working-directory") or ".")

    @property
    def condition(self) -> str:
        """Its `if`; empty where it has none."""
        return _condition(self.document)

    @property
    def env(self) -> dict[str, str]:
        """Its variables."""
        return _texts(self.document.get("env"), f"{self.place}: env")

    @property
    def inputs(self) -> dict[str, str]:
        """What it gives its action."""
        return _texts(self.document.get("with"), f"{self.place}: with")

    def limit(self) -> float | None:
        """Return the minutes after which it is stopped; None where it has no limit of its own."""
        return _minutes(self.document, self.place)


@dataclass(frozen=True)
class Job:
    """One job.

    Attributes:
        workflow: The workflow that it is in.
        id: Its name in the file.
        document: What the file says of it.
    """

    workflow: "Workflow" = field(repr=False)
    id: str
    document: Mapping[str, Any]

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"{Path(self.workflow.name).name}: job {self.id}"

    @property
    def needs(self) -> tuple[str, ...]:
        """The jobs that end before it starts."""
        value = self.document.get("needs") or []
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list):
            raise WorkflowError(f"{self.place}: needs is no list")
        return tuple(map(str, names))

    @cached_property
    def before(self) -> tuple["Job", ...]:
        """All jobs that end before it starts: those that it needs, after those that they need."""
        direct = [self.workflow.jobs[name] for name in self.needs]
        return tuple({it.id: it for job in direct for it in (*job.before, job)}.values())

    @property
    def condition(self) -> str:
        """Its `if`; empty where it has none."""
        return _condition(self.document)

    @property
    def env(self) -> dict[str, str]:
        """Its variables."""
        return _texts(self.document.get("env"), f"{self.place}: env")

    @property
    def outputs(self) -> dict[str, str]:
        """What it gives to the jobs that need it."""
        return _texts(self.document.get("outputs"), f"{self.place}: outputs")

    @property
    def limit(self) -> float:
        """The minutes after which GitHub stops it."""
        return _minutes(self.document, self.place) or _LONGEST_JOB

    @cached_property
    def called(self) -> "Workflow | None":
        """The workflow that it calls; None for a job of its own steps.

        Raises:
            BeyondModelError: It is in another repository.
            WorkflowError: It cannot be read, or cannot be called.
        """
        uses = self.document.get("uses")
        if uses is None:
            return None
        if not str(uses).startswith("./"):
            raise BeyondModelError(f"the workflow {uses} of another repository")
        called = Workflow.read(self.workflow.root, str(uses).removeprefix("./"))
        called = Workflow(called.root, called.name, called.document, self.workflow.depth + 1)
        if called.depth > _DEEPEST_CALL or "workflow_call" not in called.triggers.events:
            raise WorkflowError(f"{self.place}: {uses} cannot be called")
        return called

    @property
    def own_steps(self) -> tuple[Step, ...]:
        """Its steps as the file has them, without those of local actions."""
        tables = (self.workflow.document, self.document)
        defaults = {name: it for table in tables for name, it in _defaults(table).items()}
        return _steps(self.document, self.place, defaults=defaults)

    def steps(self) -> Iterator[Step]:
        """Yield its steps, each local action's after the one that uses it.

        Raises:
            WorkflowError: A local action is not there or cannot be read, or a step is no table.
        """
        yield from _followed(self.own_steps, self.workflow.root, 0)


@dataclass(frozen=True)
class Workflow:
    """One workflow file.

    Attributes:
        root: The checkout.
        name: The file, relative to it.
        document: What the file says.
        depth: How many calls lead to it.
    """

    root: Path
    name: str
    document: Mapping[str, Any] = field(repr=False)
    depth: int = 0

    @classmethod
    def read(cls, root: Path, name: str) -> "Workflow":
        """Read a workflow.

        Raises:
            WorkflowError: It is not there, or GitHub refuses it; the message names the file.
        """
        try:
            found = cls(root, name, parse(_text(root / name)))
            found._check()
        except WorkflowError as error:
            raise WorkflowError(f"{name}: {error.message}", error.advice) from error
        return found

    @cached_property
    def triggers(self) -> Triggers:
        """What triggers it."""
        return Triggers.of(self.document.get("on"))

    @property
    def env(self) -> dict[str, str]:
        """The variables of all its jobs."""
        return _texts(self.document.get("env"), f"{self.name}: env")

    @cached_property
    def jobs(self) -> dict[str, Job]:
        """Its jobs, by name."""
        return {str(name): Job(self, str(name), it) for name, it in self._jobs().items()}

    def all_jobs(self) -> Iterator[Job]:
        """Yield its jobs and those of the workflows that they call.

        Raises:
            BeyondModelError: One calls a workflow of another repository.
        """
        for job in self.jobs.values():
            yield job
            if job.called:
                yield from job.called.all_jobs()

    def _jobs(self) -> Mapping[str, Any]:
        jobs = self.document.get("jobs")
        if not isinstance(jobs, Mapping) or not jobs:
            raise WorkflowError("it has no jobs")
        return jobs

    def _check(self) -> None:
        for name, document in self._jobs().items():
            if not isinstance(document, Mapping):
                raise WorkflowError(f"job {name} is no table")
            if ("uses" in document) == ("steps" in document):
                raise WorkflowError(f"job {name} needs either steps or a workflow that it calls")
        for job in self.jobs.values():
            unknown = set(job.needs) - self.jobs.keys()
            if unknown:
                raise WorkflowError(f"job {job.id} needs {', '.join(sorted(unknown))}: no such job")
        _refuse_circles({job.id: job.needs for job in self.jobs.values()})
        _ = self.triggers


def workflows(root: Path) -> list[str]:
    """Return the workflow files of a checkout, relative to it; folders below are not looked at."""
    found = (path for end in ("yml", "yaml") for path in (root / DIRECTORY).glob(f"*.{end}"))
    return sorted(path.relative_to(root).as_posix() for path in found)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkflowError("cannot be read", "restore it") from error


def _refuse_circles(needs: Mapping[str, tuple[str, ...]]) -> None:
    left = dict(needs)
    while left:
        ready = [name for name, wanted in left.items() if not left.keys() & set(wanted)]
        if not ready:
            raise WorkflowError(f"the jobs {', '.join(left)} wait for each other")
        for name in ready:
            del left[name]


def _followed(steps: tuple[Step, ...], root: Path, depth: int) -> Iterator[Step]:
    for step in steps:
        yield step
        if step.uses.startswith("./") and depth < _DEEPEST_CALL:
            yield from _followed(action_steps(step, root), root, depth + 1)


def action_inputs(step: Step, root: Path) -> dict[str, str]:
    """Return what the local action that a step uses gets from it, and by default.

    Raises:
        WorkflowError: The action is not there or cannot be read.
    """
    found = _action(step, root).get("inputs")
    tables = found.items() if isinstance(found, Mapping) else ()
    defaults = {str(name): it.get("default") for name, it in tables if isinstance(it, Mapping)}
    return {**_texts(defaults, step.place), **step.inputs}


def action_steps(step: Step, root: Path) -> tuple[Step, ...]:
    """Return the steps of the local action that a step uses; none for one that is a program.

    Raises:
        WorkflowError: The action is not there or cannot be read, or a step is no table.
    """
    runs = _action(step, root).get("runs")
    runs = runs if isinstance(runs, Mapping) else {}
    place = f"{step.place}, {step.uses}"
    return _steps(runs, place, outer=step) if runs.get("using") == "composite" else ()


def _action(step: Step, root: Path) -> Mapping[str, Any]:
    directory = root / step.uses
    path = next(
        (it for it in (directory / "action.yml", directory / "action.yaml") if it.is_file()), None
    )
    if path is None:
        raise WorkflowError(f"{step.place}: no action in {step.uses}")
    try:
        return parse(_text(path))
    except WorkflowError as error:
        raise WorkflowError(f"{step.place}, {step.uses}: {error.message}", error.advice) from error


def _defaults(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the shell and the directory of scripts that name none."""
    found = document.get("defaults")
    run = found.get("run") if isinstance(found, Mapping) else None
    return run if isinstance(run, Mapping) else {}


def _steps(
    document: Mapping[str, Any],
    place: str,
    *,
    outer: Step | None = None,
    defaults: Mapping[str, Any] = _NOTHING,
) -> tuple[Step, ...]:
    steps = document.get("steps") or []
    if not isinstance(steps, list) or not all(isinstance(it, Mapping) for it in steps):
        raise WorkflowError(f"{place}: a step is no table")
    said = ({**defaults, **it} if "run" in it else it for it in steps)
    return tuple(
        Step(f"{place}, step {number}", it, outer) for number, it in enumerate(said, start=1)
    )


def _condition(document: Mapping[str, Any]) -> str:
    value = document.get("if", "")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(value: object, place: str) -> dict[str, str]:
    if value is None:
        return {}
    if isinstance(value, str):  # an expression that gives the whole table
        raise BeyondModelError(f"a table made by {value} ({place})")
    if not isinstance(value, Mapping):
        raise WorkflowError(f"{place} is no table")
    return {str(name): _scalar(it) for name, it in value.items()}


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _minutes(document: Mapping[str, Any], place: str) -> float | None:
    value = document.get("timeout-minutes")
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BeyondModelError(f"a time limit of {value} ({place})") from None
