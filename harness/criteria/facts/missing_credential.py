"""What is started when a credential is missing: every program and connection is written down."""

import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import process
from harness.cloudflare.credentials import ACCOUNT, TOKEN
from harness.criteria.facts.model import Facts
from harness.project import Project

__all__ = ["COMMANDS", "MissingCredentialFacts", "MissingRun", "observe"]

_PATIENCE = 300.0
_MADE_UP = {TOKEN: "a-token-of-some-length", ACCOUNT: "0" * 32}
_LOG = "HARNESS_AUDIT_LOG"

# Python calls this before it starts a program or opens a connection, whoever wants it.
_AUDIT = f"""
import os, sys
_log = os.environ.get({_LOG!r})
def _hook(event, arguments):
    if event in ("subprocess.Popen", "os.posix_spawn", "os.system", "socket.connect"):
        with open(_log, "a") as file:
            file.write(event + " " + repr(arguments[:2])[:200].replace("\\n", " ") + "\\n")
if _log:
    sys.addaudithook(_hook)
"""

COMMANDS = ("make deploy-cf", "harness deploy", "harness preflight")
"""What is called without credentials."""


class MissingRun(Facts):
    """One command without a credential.

    Attributes:
        command: The command.
        missing: The variables that are not set.
        status: What it ended with.
        errors: The error lines that it printed.
        began: Programs that it started and connections that it opened.
    """

    command: str
    missing: tuple[str, ...]
    status: int
    errors: tuple[str, ...]
    began: tuple[str, ...]


class MissingCredentialFacts(Facts):
    """Each command, without either credential."""

    runs: tuple[MissingRun, ...]


def observe(project: Project) -> MissingCredentialFacts:
    """Call each command without each credential."""
    lacking = ((TOKEN,), (ACCOUNT,))
    with ThreadPoolExecutor(3) as pool:
        found = [pool.submit(_run, project, it, names) for it in COMMANDS for names in lacking]
        return MissingCredentialFacts(runs=tuple(it.result() for it in found))


def _run(project: Project, command: str, missing: Sequence[str]) -> MissingRun:
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        (place / "sitecustomize.py").write_text(_AUDIT, encoding="utf-8")
        log = place / "log"
        log.touch()
        done = process.run(
            ["env", *(f"--unset={name}" for name in missing), *_words(project, command)],
            env={
                **{name: value for name, value in _MADE_UP.items() if name not in missing},
                "PYTHONPATH": os.pathsep.join([directory, os.environ.get("PYTHONPATH", "")]),
                "VENV": sys.prefix,
                _LOG: str(log),
            },
            cwd=project.root,
            timeout=_PATIENCE,
            check=False,
        )
        began = log.read_text(encoding="utf-8").splitlines()
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return MissingRun(
        command=command,
        missing=tuple(missing),
        status=done.status,
        errors=tuple(errors),
        began=tuple(began),
    )


def _words(project: Project, command: str) -> list[str]:
    program, *words = command.split()
    if program == "make":
        # The environment that this very process runs in is never made anew.
        return ["make", "--old-file", f"{sys.prefix}/.ready", *words]
    return [str(Path(sys.executable).with_name("harness")), *words, "--project", str(project.root)]
