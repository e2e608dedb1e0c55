"""`harness preflight`: could a release begin? Nothing is changed."""

from dataclasses import asdict
from typing import Annotated

from typer import Exit, Option

from harness.cloudflare.credentials import Credentials
from harness.cloudflare.preflight import ACCOUNT_CHECKS, CHECKS, Subject, examine
from harness.cloudflare.target import Target
from harness.console import log
from harness.errors import ExitStatus
from harness.options import AsJson, ProjectDir
from harness.project import Project

__all__ = ["preflight"]


OfAccount = Annotated[
    bool,
    Option("--account", help="Ask of the account alone, and not of the commit or what serves."),
]


def preflight(
    *, account: OfAccount = False, project: ProjectDir = None, json: AsJson = False
) -> None:
    """Say whether a release could begin: token, scopes, account, buckets, registry, commit.

    Only questions are asked; nothing is built or changed. The status is 1 if anything is wrong.
    """
    log.json_mode = json
    credentials = Credentials.of_environment()
    checkout = Project.find(project)
    with Target.of(checkout, credentials) as target:
        settings = [target.settings(name) for name in target.environments]
        found = examine(
            Subject(checkout, target.api, settings), ACCOUNT_CHECKS if account else CHECKS
        )
    problems = [it for it in found if it.problem]
    log.emit({"ok": not problems, "findings": [asdict(it) for it in found]})
    for it in found:
        log.say(f"{it.name:12}{it.problem or 'ok'}")
    if problems:
        raise Exit(ExitStatus.FAILED)
