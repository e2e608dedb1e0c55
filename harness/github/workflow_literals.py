"""Credentials that a workflow has written out, or takes from where no secrets are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, pairwise
from typing import Any

from harness.github.workflow import Job, Workflow
from harness.github.workflow_expression import inside, references
from harness.github.workflow_shell import Command, commands

__all__ = ["literals"]

_OWN = "container"
_CREDENTIAL = re.compile(r"(TOKEN|SECRET|PASSWORD|PASSWD|API[_-]?KEY|CREDENTIALS?)$", re.IGNORECASE)
# `--secret` names one that is kept elsewhere.
_OPTION = re.compile(r"--?[\w-]*(token|password|passwd|api-?key)")
_PASSWORD = re.compile(r"PASS(WORD|WD)?$", re.IGNORECASE)
_MADE_UP = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_\-+/=]{8,}")
_KNOWN_KINDS = re.compile(
    r"\bgh[opsur]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22,}|\bAKIA[0-9A-Z]{16}\b|\bsk-[\w-]{20,}"
    r"|\bxox[abprs]-[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}"
    r"|\bBearer (?=\S*\d)[\w\-+/=.]{20,}"
)
_LINE = re.compile(
    r"^\s*(?:export\s+)?(?P<name>[\w.-]+)\s*[=:]\s*(?:\\?['\"])?(?P<value>[^\s'\"\\]+)",
    re.MULTILINE,
)


def literals(workflow: Workflow) -> Iterator[str]:
    """Yield the places of credentials that are written out, or kept where no secrets are.

    Raises:
        BeyondModelError: It calls a workflow of another repository.
        WorkflowError: An expression or a local action cannot be read.
    """
    yield from _named(workflow.name, workflow.env.items())
    for job in workflow.all_jobs():
        yield from _named(job.place, job.env.items())
        yield from _of_containers(job)
        for step in job.steps():
            yield from _named(step.place, chain(step.inputs.items(), step.env.items()))
            if _is_in_script(step.run):
                yield f"{step.place}: run"


def _of_containers(job: Job) -> Iterator[str]:
    """Yield those of the job's own container and of its services."""
    services = job.document.get("services")
    tables = {f"services.{name}": it for name, it in _pairs(services)}
    for name, table in {_OWN: job.document.get(_OWN), **tables}.items():
        given = dict(_pairs(table))
        for key, value in _pairs(given.get("credentials")):
            if key == "password" and (not inside(str(value)) or _is_open(str(value))):
                yield f"{job.place}: {name}.credentials.password"
        env = _pairs(given.get("env"))
        own = (it for it in env if name == _OWN or not _is_services_own(*it))
        yield from _named(f"{job.place}: {name}.env", own)


def _pairs(table: object) -> Iterator[tuple[str, Any]]:
    return ((str(key), it) for key, it in table.items()) if isinstance(table, Mapping) else iter(())


def _is_services_own(name: str, value: object) -> bool:
    """Whether it is the password that a service is made with, and gone with; it opens nothing else.

    What another party gave out is none, whatever it is called.
    """
    return bool(_PASSWORD.search(name)) and not _KNOWN_KINDS.search(str(value))


def _named(place: str, values: Iterable[tuple[str, object]]) -> Iterator[str]:
    yield from (f"{place}: {name}" for name, value in values if _is_credential(name, str(value)))


def _is_credential(name: str, value: str) -> bool:
    named = _CREDENTIAL.search(name) and (_MADE_UP.fullmatch(value) or _is_open(value))
    return bool(named or _KNOWN_KINDS.search(value))


def _is_in_script(script: str) -> bool:
    if _KNOWN_KINDS.search(script):
        return True
    values = (pair for command in commands(script) for pair in _values(command))
    return any(_is_credential(name, value) for name, value in values)


def _values(command: Command) -> Iterator[tuple[str, str]]:
    """Yield what a command gives a value to: variables, options, and lines of a here-document."""
    for word in (*command.assigned, *command.words):
        name, sign, value = word.text.partition("=")
        if sign and (not name.startswith("-") or _OPTION.fullmatch(name)):
            yield name, value
    for option, after in pairwise(command.words):
        if _OPTION.fullmatch(option.text):
            yield option.text, after.text
    for sign, word in command.targets:
        if sign == "<<<":
            yield from ((it["name"], it["value"]) for it in _LINE.finditer(word.text))


def _is_open(value: str) -> bool:
    """Whether a value comes from the variables, which anybody with access can read."""
    found = [reference for it in inside(value) for reference in references(it)]
    return any(reference.startswith("vars.") for reference in found)
