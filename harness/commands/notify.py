"""`harness notify`: how a run on GitHub ended, for those who wait for it."""

from pathlib import Path
from typing import Annotated

from typer import Option

from harness.console import log
from harness.github.api import GitHubError, Repository, repository
from harness.github.here import Here
from harness.github.notice import line, markdown
from harness.github.outcome import outcome, read
from harness.github.tell import append_summary, comment, pull_requests, status
from harness.options import AsJson
from harness.report import markdown as report
from harness.report.merged import merge, sources

__all__ = ["notify"]

Needs = Annotated[
    str,
    Option(
        "--needs",
        envvar="NEEDS",
        metavar="JSON",
        help="The results of the run's jobs: ${{ toJSON(needs) }}.",
    ),
]
Context = Annotated[
    str, Option("--context", metavar="NAME", help="What the status and the comment are called.")
]
Recovery = Annotated[
    str,
    Option("--recovery", metavar="JOB", help="The job that runs only when others have failed."),
]
From = Annotated[
    list[Path] | None,
    Option("--evidence", metavar="PATH", help="Evidence to report on; repeatable."),
]
Link = Annotated[
    str, Option("--target-url", metavar="URL", help="Where the status leads; the run if not given.")
]


def notify(  # noqa: PLR0913 -- one for each option
    *,
    needs: Needs,
    context: Context = "deploy/cloudflare",
    recovery: Recovery = "",
    evidence: From = None,
    target_url: Link = "",
    json: AsJson = False,
) -> None:
    """Set the commit's status, comment on its pull request, and write the job's summary.

    It speaks for GITHUB_SHA of GITHUB_REPOSITORY, with GITHUB_TOKEN, to GITHUB_API_URL. A comment
    that is refused is a warning: a token for a pull request from a fork may not write one.
    """
    log.json_mode = json
    here, jobs = Here.of(), read(needs)
    found = outcome(jobs, recovery)
    text = markdown(context, found, jobs, here, _report(evidence))
    append_summary(text)
    with repository(here) as there:
        status(
            there,
            here.commit,
            found.state,
            context=context,
            description=line(found),
            url=target_url or here.url,
        )
        commented = _comment(there, here, context, text)
    log.emit({**found.model_dump(mode="json"), "commit": here.commit, "commented": commented})
    log.say(f"{context}: {found.state}, {found.sentence}")


def _report(places: list[Path] | None) -> str:
    """Return the report on evidence, as far as a job before this one left any."""
    found = [source for place in places or () if place.exists() for source in sources(place)]
    return report.render(merge(found)) if found else ""


def _comment(there: Repository, here: Here, context: str, text: str) -> list[int]:
    try:
        numbers = pull_requests(there, here)
        for number in numbers:
            comment(there, number, context, text)
    except GitHubError as error:
        log.warn(f"no comment: {error}")
        return []
    return numbers
