"""Run a job's own scripts here, with what GitHub would give them; its actions are left out."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import process
from harness.github.errors import BeyondModelError
from harness.github.workflow import Job, Step
from harness.github.workflow_expression import Unknown, Value, evaluate, holds, inside

__all__ = ["Contexts", "Performed", "perform"]

_AS_JSON = re.compile(r"tojson\(\s*([\w.-]+)\s*\)", re.IGNORECASE)
_PATIENCE = 120.0
_BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c")


@dataclass(frozen=True)
class Contexts:
    """What expressions see: `needs`, `secrets`, `github`, each a tree of texts.

    Attributes:
        trees: By the context's name.
        status: What success(), failure(), always() and cancelled() are.
    """

    trees: Mapping[str, Any]
    status: Mapping[str, Value]

    def holds(self, condition: str) -> bool:
        """Whether an `if` lets a job or a step run.

        Raises:
            BeyondModelError: That depends on something that is not known.
        """
        found = holds(condition, self._context(condition), self.status)
        if isinstance(found, Unknown):
            raise BeyondModelError(f"the condition {condition}")
        return found

    def filled(self, text: str) -> str:
        """Return a text with its expressions' values.

        Raises:
            BeyondModelError: One of them is not known.
        """
        for expression in inside(text):
            written = re.search(r"\$\{\{\s*" + re.escape(expression) + r"\s*\}\}", text)
            if written:
                text = text.replace(written[0], self._text(expression))
        return text

    def _text(self, expression: str) -> str:
        wanted = _AS_JSON.fullmatch(expression)
        if wanted:
            return json.dumps(self._tree(wanted[1].split(".")), indent=2)
        value = evaluate(expression, self._context(expression), self.status)
        if isinstance(value, Unknown):
            raise BeyondModelError(f"the value of {expression}")
        return str(value).lower() if isinstance(value, bool) else str(value or "")

    def _tree(self, path: list[str]) -> Any:  # noqa: ANN401 -- whatever JSON holds
        found: Any = self.trees
        for name in path:
            found = found.get(name, {})
        return found

    def _context(self, expression: str) -> Mapping[str, Value]:
        """Return what is known of it; a secret or an output that nobody set is empty."""
        names = re.findall(r"[\w-]+(?:\.[\w-]+)+", expression.lower())
        return {**dict.fromkeys(names, ""), **dict(_leaves("", self.trees))}


@dataclass(frozen=True)
class Performed:
    """A script that was run: where it stands, and the status that it ended with."""

    place: str
    status: int
    output: str


def perform(
    job: Job, contexts: Contexts, environment: Mapping[str, str], directory: Path
) -> list[Performed]:
    """Run a job's scripts in order, and after one that fails only those that want to run then.

    Args:
        job: The job; its condition is not asked.
        contexts: What its expressions see.
        environment: What the runner sets.
        directory: The checkout that they run in.

    Raises:
        BeyondModelError: It cannot be done here: a shell that is none, an unknown value.
    """
    found: list[Performed] = []
    for step in job.own_steps:
        failed = any(it.status for it in found)
        seen = Contexts(
            contexts.trees, {**contexts.status, "success": not failed, "failure": failed}
        )
        if step.run and seen.holds(step.condition):
            variables = {**job.workflow.env, **job.env, **step.env}
            filled = {name: seen.filled(value) for name, value in variables.items()}
            found.append(_run(step, seen, {**environment, **filled}, directory))
    return found


def _run(
    step: Step, contexts: Contexts, environment: Mapping[str, str], directory: Path
) -> Performed:
    if str(step.document.get("shell") or "bash") != "bash":
        raise BeyondModelError(f"a script that is not bash's ({step.place})")
    # The programs of the environment that the harness runs in, as the job's own set-up gives.
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    command = [*_BASH, contexts.filled(step.run)]
    where = directory / step.directory
    done = process.run(
        command, env={**environment, "PATH": path}, cwd=where, timeout=_PATIENCE, check=False
    )
    return Performed(step.place, done.status, done.stdout + done.stderr)


def _leaves(prefix: str, tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        place = f"{prefix}{name}".lower()
        if isinstance(value, Mapping):
            yield from _leaves(f"{place}.", value)
        else:
            yield place, str(value)
