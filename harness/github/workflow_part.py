"""What one step of a job may have to do with telling GitHub how a run ended, read off its text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from harness.github.workflow import Job, Step
from harness.github.workflow_shell import commands
from harness.github.workflow_taint import Scope

__all__ = ["Part", "parts", "writes"]

_TOKEN = "GITHUB_TOKEN"  # noqa: S105 -- the secret's name
_RIGHTS = frozenset({"statuses", "pull-requests", "issues", "checks"})
_SAYS = re.compile(
    r"\bstatuses\b|CommitStatus|check-runs|api\.github\.com|GITHUB_API_URL|\bgh\s+(api|pr|issue)\b"
)
# Actions that tell nothing: GitHub's own but the one that runs scripts, and those that set up.
_SILENT = re.compile(r"actions/(?!github-script)|docker/|cloudflare/|[^@]*\bsetup\b", re.IGNORECASE)
_SPEAKS = re.compile(
    r"\[\[?|case|cat|curl|date|done|echo|esac|exit|export|false|fi|for|gh|grep|in|jq|local|printf"
    r"|read|sed|set|sleep|test|tr|true|unset"
)


@dataclass(frozen=True)
class Part:
    """A step of a job, with those of the local actions that it uses.

    Attributes:
        step: The step.
        inner: It, and those of the actions.
        scope: What carries a secret in its job.
        made: Whether its job is there to tell: it has a right of its own to.
    """

    step: Step
    inner: tuple[Step, ...]
    scope: Scope
    made: bool

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return self.step.place

    @property
    def is_script(self) -> bool:
        """Whether it is one, or a local action of scripts."""
        return any(it.run for it in self.inner)

    @property
    def action(self) -> str:
        """The action that it uses and that may tell; local ones are what their steps are."""
        followed = [it.outer for it in self.inner]
        uses = (it.uses for it in self.inner if it.uses and it not in followed)
        return next((it for it in uses if not _SILENT.match(it)), "")

    @cached_property
    def foreign(self) -> str:
        """A secret that it is given and that is not GitHub's token; empty where there is none."""
        return min(self._secrets - {_TOKEN}, default="")

    @property
    def is_surrounded(self) -> bool:
        """Whether all steps of its job are given a secret that is not GitHub's token."""
        return bool(self._around - {_TOKEN})

    @cached_property
    def says(self) -> bool:
        """Whether it says that it calls GitHub, in its own text."""
        return any(_SAYS.search(it) for it in self._texts())

    @property
    def only_says(self) -> bool:
        """Whether it says so and runs no program that could deploy."""
        called = [it.names[0] for step in self.inner for it in commands(step.run) if it.names]
        return self.says and all(map(_SPEAKS.fullmatch, called))

    @cached_property
    def may_tell(self) -> bool:
        """Whether it may tell GitHub anything: it says so, has the token, or nobody knows."""
        has_token = _TOKEN in self._secrets or (self.made and _TOKEN in self._around)
        return bool(self.action) or (self.is_script and (self.says or has_token))

    @property
    def _around(self) -> frozenset[str]:
        return frozenset().union(*self.scope.variables().values())

    @cached_property
    def _secrets(self) -> frozenset[str]:
        return frozenset(name for it in self._texts() for name in self.scope.secrets(it))

    def _texts(self) -> Iterator[str]:
        for it in self.inner:
            yield from (it.run, *it.env.values(), *it.inputs.values())


def parts(job: Job) -> tuple[Part, ...]:
    """Return a job's own steps, each with what it uses.

    Raises:
        BeyondModelError: A table of variables is computed.
        WorkflowError: A local action or an expression cannot be read.
    """
    scope = Scope().with_env(job.workflow.env).with_env(job.env)
    inner: dict[str, list[Step]] = {it.place: [] for it in job.own_steps}
    for step in job.steps():
        inner[_outermost(step).place].append(step)
    made = writes(job.document.get("permissions"))
    return tuple(Part(it, tuple(inner[it.place]), scope, made) for it in job.own_steps)


def writes(permissions: object) -> bool:
    """Whether a workflow's or a job's `permissions` let its token write what tells."""
    if isinstance(permissions, dict):
        return any(permissions.get(name) == "write" for name in _RIGHTS)
    return permissions == "write-all"


def _outermost(step: Step) -> Step:
    return _outermost(step.outer) if step.outer else step
