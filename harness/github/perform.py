"""Run a job's own scripts here, with what GitHub would give them, and nothing of this shell's.

Local actions are followed, others left out. Some steps are only played: they end as they are told
to, and nothing of them is run.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import process
from harness.github import outputs
from harness.github.errors import BeyondModelError
from harness.github.workflow import Job, Step, action_inputs, action_steps
from harness.github.workflow_context import Contexts

__all__ = ["Performed", "Played", "perform"]

_PATIENCE = 120.0
_BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c")


@dataclass(frozen=True)
class Played:
    """How a step ends that is not run.

    Attributes:
        ok: Whether it succeeds.
        beyond: What it takes that is not here, of one that may matter; empty of any other.
        matters: Whether it surely does.
    """

    ok: bool = True
    beyond: str = ""
    matters: bool = False


@dataclass(frozen=True)
class Performed:
    """A step that was run, or would have been.

    Attributes:
        place: Where it stands.
        status: The status that its script ended with.
        output: What that printed.
        beyond: What it takes that is not here, of one that was only played; empty otherwise.
    """

    place: str
    status: int = 0
    output: str = ""
    beyond: str = ""


_NONE_PLAYED: Mapping[str, Played] = {}


def perform(
    job: Job,
    contexts: Contexts,
    environment: Mapping[str, str],
    directory: Path,
    played: Mapping[str, Played] = _NONE_PLAYED,
) -> list[Performed]:
    """Run a job's scripts in order, and after one that fails only those that want to run then.

    Args:
        job: The job; its condition is not asked.
        contexts: What its expressions see.
        environment: What the runner sets; a script has no other variables.
        directory: The checkout that they run in.
        played: Steps of the job that are not run, by their place.

    Raises:
        BeyondModelError: It cannot be done here: a shell that is none, an unknown value, a step
            that is only played and surely matters.
    """
    machine = _Machine(job, dict(environment), directory, played)
    steps = _Steps(machine, contexts, {**job.workflow.env, **job.env})
    for step in job.own_steps:
        steps.take(step)
    return machine.done


class _Machine:
    """What all steps of a job share, those of local actions included."""

    def __init__(
        self, job: Job, environment: dict[str, str], root: Path, played: Mapping[str, Played]
    ) -> None:
        self.root, self.played, self.repository = root, played, job.workflow.root
        self.environment = environment
        self.done: list[Performed] = []

    def left(self, name: str) -> dict[str, str]:
        """Return what a script has left in a file of GitHub's, and remove that."""
        file = Path(self.environment.get(name) or "/dev/null")
        if not file.is_file():
            return {}
        found = outputs.read(file)
        file.unlink()
        return found


class _Steps:
    """Steps in order, a job's or a local action's: each sees how those before it ended."""

    def __init__(self, machine: _Machine, contexts: Contexts, variables: Mapping[str, str]) -> None:
        self.failed = False
        self._machine, self._contexts = machine, contexts
        self._variables = dict(variables)
        self._ended: dict[str, dict[str, Any]] = {}
        self._outputs: dict[str, str] = {}

    def take(self, step: Step) -> None:
        """Run a step, or play it, if its condition holds."""
        seen = self._contexts.after(self._ended, failed=self.failed)
        self._outputs = {}
        outcome = "skipped"
        if seen.holds(step.condition):
            outcome = "success" if self._ends_well(step, seen) else "failure"
        goes_on = seen.filled(str(step.document.get("continue-on-error", ""))).lower() == "true"
        conclusion = "success" if goes_on and outcome == "failure" else outcome
        self.failed |= conclusion == "failure"
        if name := step.document.get("id"):
            ended = {"outcome": outcome, "conclusion": conclusion, "outputs": self._outputs}
            self._ended[str(name)] = ended

    def _ends_well(self, step: Step, seen: Contexts) -> bool:
        part = self._machine.played.get(step.place)
        if part:
            self._play(step, part)
            return part.ok
        if step.run:
            return self._runs(step, seen)
        return self._follows(step, seen) if step.uses.startswith("./") else True

    def _play(self, step: Step, part: Played) -> None:
        if part.beyond and part.matters:
            raise BeyondModelError(part.beyond)
        if part.beyond:
            self._machine.done.append(Performed(step.place, beyond=part.beyond))
        if part.ok and (name := step.document.get("id")):
            self._contexts = self._contexts.with_made_up(f"steps.{name}.outputs")

    def _runs(self, step: Step, seen: Contexts) -> bool:
        outer = {name: seen.filled(it) for name, it in self._variables.items()}
        seen = seen.having("env", outer)
        variables = outer | {name: seen.filled(it) for name, it in step.env.items()}
        environment = self._machine.environment | variables
        seen = seen.having("env", variables)
        done = _run(step, seen, environment, self._machine.root)
        self._machine.done.append(done)
        self._outputs = self._machine.left("GITHUB_OUTPUT")
        self._variables |= self._machine.left("GITHUB_ENV")
        return done.status == 0

    def _follows(self, step: Step, seen: Contexts) -> bool:
        machine = self._machine
        inputs = action_inputs(step, machine.repository).items()
        given = {name.lower(): seen.filled(it) for name, it in inputs}
        place = {"GITHUB_ACTION_PATH": str(machine.root / step.uses)}
        variables = {**self._variables, **step.env, **place}
        inner = _Steps(machine, seen.having("inputs", given), variables)
        for it in action_steps(step, machine.repository):
            inner.take(it)
        return not inner.failed


def _run(
    step: Step, contexts: Contexts, environment: Mapping[str, str], directory: Path
) -> Performed:
    if str(step.document.get("shell") or "bash") != "bash":
        raise BeyondModelError(f"a script that is not bash's ({step.place})")
    # The programs of the environment that the harness runs in, as the job's own set-up gives.
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = process.run(
        [*_BASH, contexts.filled(step.run)],
        env={**environment, "PATH": path},
        cwd=directory / step.directory,
        timeout=_PATIENCE,
        check=False,
        inherit=False,
    )
    return Performed(step.place, done.status, done.stdout + done.stderr)
