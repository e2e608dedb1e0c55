"""What is started when a credential is missing.

Each program and connection of a Python program is written down, whoever starts that, and each
program that builds or asks somebody, by whatever it is started.
"""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import audit, process
from harness.cloudflare.credentials import ACCOUNT, TOKEN
from harness.criteria.facts.begun import put_in_front
from harness.criteria.facts.developer import make
from harness.criteria.facts.model import Facts
from harness.loaded import Loaded
from harness.make import Makefile
from harness.process import Completed
from harness.project import Project
from harness.scratch import scratch

__all__ = ["COMMANDS", "MissingCredentialFacts", "MissingRun", "observe"]

_PATIENCE = 300.0
# Whoever asks Cloudflare all the same does not get out of this machine.
_NOWHERE = {"CLOUDFLARE_API_BASE_URL": "http://127.0.0.1:1/client/v4"}
_MADE_UP = {TOKEN: "a-token-of-some-length", ACCOUNT: "0" * 32}

_TARGET = "deploy-cf"
COMMANDS = (f"make {_TARGET}", "harness deploy", "harness preflight")
"""What is called without credentials."""


class MissingRun(Facts):
    """One command without a credential.

    Attributes:
        command: The command.
        missing: The variables that are not set.
        status: What it ended with.
        errors: The lines that it printed in which a credential's name stands.
        began: Programs that it started and connections that it opened.
    """

    command: str
    missing: tuple[str, ...]
    status: int
    errors: tuple[str, ...]
    began: tuple[str, ...]


class MissingCredentialFacts(Facts):
    """Each command, without either credential.

    Attributes:
        absent: The target of make that the checkout does not have; empty if it has it.
    """

    runs: tuple[MissingRun, ...]
    absent: str = ""


def observe(project: Project, harness: Loaded) -> MissingCredentialFacts:
    """Call each command without each credential.

    Args:
        project: The checkout.
        harness: What its own commands are run by; make is a program like any other.
    """
    lacking = ((TOKEN,), (ACCOUNT,))
    absent = "" if Makefile(project.root).has(_TARGET) else _TARGET
    commands = [it for it in COMMANDS if not (absent and it.endswith(f" {absent}"))]
    with ThreadPoolExecutor(3) as pool:
        found = [
            pool.submit(_run, project, harness, it, names) for it in commands for names in lacking
        ]
        return MissingCredentialFacts(runs=tuple(it.result() for it in found), absent=absent)


def _run(project: Project, harness: Loaded, command: str, missing: Sequence[str]) -> MissingRun:
    with scratch("audit") as directory:
        log = directory / "log"
        log.touch()
        given = {name: value for name, value in _MADE_UP.items() if name not in missing}
        given |= {audit.LOG: str(log), **_NOWHERE}
        program, *words = command.split()
        if program == "make":
            done = _make(project, words[0], missing, given)
        else:
            kept = {name: value for name, value in os.environ.items() if name not in missing}
            words += ["--project", str(project.root)]
            done = harness.run(words, cwd=project.root, env=kept | given, timeout=_PATIENCE)
        began = log.read_text(encoding="utf-8").splitlines()
    lines = (done.stdout + done.stderr).splitlines()
    errors = [line for line in lines if any(name in line for name in _MADE_UP)]
    return MissingRun(
        command=command,
        missing=tuple(missing),
        status=done.status,
        errors=tuple(errors),
        began=tuple(began),
    )


def _make(
    project: Project, target: str, missing: Sequence[str], given: Mapping[str, str]
) -> Completed:
    """Run make; what it starts is written down, and what that begins."""
    with scratch("audit") as directory, scratch("programs") as programs:
        shutil.copyfile(audit.__file__, directory / "sitecustomize.py")
        before = put_in_front(programs, Path(given[audit.LOG]))
        path = os.pathsep.join([str(directory), os.environ.get("PYTHONPATH", "")])
        return process.run(
            ["env", *(f"--unset={name}" for name in missing), *make(target)],
            env={**given, "PYTHONPATH": path, "PATH": before, "VENV": sys.prefix},
            cwd=project.root,
            timeout=_PATIENCE,
            check=False,
        )
