"""Where a workflow's secrets go: each place that takes one in, and by which way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.github.workflow import Job, Step, Workflow
from harness.github.workflow_leaks import BUILD_ARGUMENT, COMMAND_LINE, OUTPUT, leaks
from harness.github.workflow_taint import Scope, passed_on

__all__ = ["CONTAINER", "RIGHT", "UNSEEN", "Use", "uses"]

RIGHT = frozenset({"a step's env", "a step's with", "a call's secrets"})
"""The ways by which a secret may reach a step."""

CONTAINER = "a container's credentials"
"""GitHub's only way to a private image for a job's own container."""

UNSEEN = "a script that is not a shell's"
"""What a secret is given to and nothing is known of."""

_BUILD_INPUTS = frozenset({"build-args", "build-arg", "build_args"})
_COMMAND_INPUTS = frozenset({"args", "command", "cmd", "entrypoint"})
_SCRIPT_INPUTS = frozenset({"inlinescript", "run", "script"})


@dataclass(frozen=True)
class Use:
    """A secret at one place.

    Attributes:
        secret: Its name; `ALL_SECRETS` where the whole context is taken.
        place: Where, for example "deploy.yml: job build, step 2".
        way: How it gets there; one of `RIGHT`, or a way that others can read.
    """

    secret: str
    place: str
    way: str


def uses(workflow: Workflow, scope: Scope | None = None) -> Iterator[Use]:
    """Yield each use of a secret in a workflow and in what it calls.

    Args:
        workflow: The workflow.
        scope: What carries a secret around it; nothing for one that is triggered.

    Raises:
        BeyondModelError: It calls a workflow of another repository.
        WorkflowError: An expression or a local action cannot be read.
    """
    scope = scope or Scope()
    yield from _wrong(workflow.document, {"jobs", "on"}, workflow.name, "the workflow's", scope)
    inner = scope.with_env(workflow.env)
    for job in workflow.jobs.values():
        yield from _of_job(job, inner)


def _of_job(job: Job, scope: Scope) -> Iterator[Use]:
    apart = {"steps", "secrets", "outputs", "container", "services", "if"}
    yield from _wrong(job.document, apart, job.place, "the job's", scope)
    yield from _found(scope.secrets_of_condition(job.condition), job.place, "the job's if")
    for value in job.outputs.values():
        yield from _found(scope.secrets(value), job.place, OUTPUT)
    for name in ("container", "services"):
        for text in _texts(job.document.get(name)):
            yield from _found(scope.secrets(text), job.place, CONTAINER)
    if called := job.called:
        known = passed_on(job.document.get("secrets"), scope)
        for secrets in (known or {}).values():
            yield from _found(secrets, job.place, "a call's secrets")
        yield from uses(called, Scope({}, known).with_inputs(_inputs(job), scope))
    yield from _of_steps(job, scope.with_env(job.env))


def _of_steps(job: Job, scope: Scope) -> Iterator[Use]:
    scopes: dict[int, Scope] = {}
    for step in job.steps():
        outer = step.outer
        around = scopes[id(outer)] if outer else scope
        inputs = outer.inputs if outer else {}
        given = around.with_inputs(inputs, around) if outer else around
        scopes[id(step)] = given.with_env(step.env)
        yield from _of_step(step, given, scopes[id(step)])


def _of_step(step: Step, given: Scope, scope: Scope) -> Iterator[Use]:
    for value in step.env.values():
        yield from _found(given.secrets(value), step.place, "a step's env")
    for name, value in step.inputs.items():
        yield from _found(scope.secrets(value), step.place, _way_of_input(name.lower()))
    yield from _found(scope.secrets_of_condition(step.condition), step.place, "a step's if")
    yield from _wrong(step.document, {"env", "with", "if"}, step.place, "a step's", scope)
    if step.run:
        yield from _of_script(step, scope)


def _of_script(step: Step, scope: Scope) -> Iterator[Use]:
    shell = str(step.document.get("shell") or "bash").split()[0]
    carrying = {name: it for name, it in scope.variables().items() if it}
    if shell not in {"bash", "sh"}:
        for secrets in carrying.values():
            yield from _found(secrets, step.place, UNSEEN)
        return
    for way, secrets in leaks(step.run, carrying):
        yield from _found(secrets, step.place, way)


def _way_of_input(name: str) -> str:
    if name in _BUILD_INPUTS:
        return BUILD_ARGUMENT
    if name in _COMMAND_INPUTS:
        return COMMAND_LINE
    return "a script by interpolation" if name in _SCRIPT_INPUTS else "a step's with"


def _wrong(
    document: Mapping[str, Any], apart: set[str], place: str, whose: str, scope: Scope
) -> Iterator[Use]:
    """Yield the secrets in all keys but those that are looked at apart."""
    for key, value in document.items():
        if key not in apart:
            way = "a script by interpolation" if key == "run" else f"{whose} {key}"
            for text in _texts(value):
                yield from _found(scope.secrets(text), place, way)


def _found(secrets: frozenset[str], place: str, way: str) -> Iterator[Use]:
    yield from (Use(name, place, way) for name in sorted(secrets))


def _inputs(job: Job) -> dict[str, str]:
    given = job.document.get("with")
    return {str(key): str(it) for key, it in given.items()} if isinstance(given, Mapping) else {}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for it in value.values():
            yield from _texts(it)
    elif isinstance(value, list):
        for it in value:
            yield from _texts(it)
