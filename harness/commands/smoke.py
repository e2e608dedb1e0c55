"""`harness smoke`: is what answers at a URL the expected release, and well?"""

from dataclasses import asdict
from typing import Annotated

from typer import Argument, Exit, Option

from harness.cloudflare import access
from harness.cloudflare.smoke import Expected, Outcome, Patience, Result, Sight, smoke as look
from harness.console import Step, log
from harness.options import AsJson, finite

__all__ = ["smoke"]

Url = Annotated[
    str,
    Argument(
        metavar="URL",
        help="The Worker's health route, as https://NAME.SUBDOMAIN.workers.dev/health; the "
        "environment that `make dev` brings up has no Worker.",
    ),
]
Version = Annotated[str, Option("--version", metavar="ID", help="The Worker version to wait for.")]
Revision = Annotated[
    str, Option("--revision", metavar="REV", help="The image revision to wait for.")
]
Answers = Annotated[int, Option("--answers", min=1, help="Good answers in a row that are wanted.")]
Deadline = Annotated[
    float, Option("--deadline", min=0.1, callback=finite, help="Seconds for all of it.")
]
Request = Annotated[
    float, Option("--request", min=0.1, callback=finite, help="Seconds for one answer.")
]


def smoke(  # noqa: PLR0913 -- one for each option
    url: Url,
    *,
    version: Version = "",
    revision: Revision = "",
    answers: Answers = 5,
    deadline: Deadline = 300,
    request: Request = 15,
    json: AsJson = False,
) -> None:
    """Wait for a release to answer well; status 0 passed, 1 failed, 5 nobody could be asked.

    Behind Cloudflare Access, CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET are sent along.
    """
    log.json_mode = json
    headers = access.headers()
    expected, patience = Expected(version, revision), Patience(answers, deadline, request)
    with log.step(f"waiting up to {deadline:g} s for {answers} good answers in a row") as step:
        found = look(url, expected, patience, headers, _Shown(step, answers))
    log.emit(asdict(found))
    log.say(_line(found, answers))
    if found.outcome is not Outcome.PASSED:
        raise Exit(found.outcome.exit_status)


class _Shown:
    """Says what is seen while it is waited for: on a line of its own when it is something else."""

    def __init__(self, step: Step, wanted: int) -> None:
        self._step = step
        self._wanted = wanted
        self._last = Sight.GOOD

    def __call__(self, found: Result) -> None:
        self._step.detail(f"{found.in_a_row} of {self._wanted} good, {found.looks} looks")
        if found.last.sight not in {self._last, Sight.GOOD}:
            log.note(found.last.line)
        self._last = found.last.sight


def _line(found: Result, wanted: int) -> str:
    return (
        f"{found.outcome}: {found.last.line} ({found.in_a_row} of {wanted} good in a row, "
        f"{found.looks} looks, {found.seconds:.1f} s)"
    )
