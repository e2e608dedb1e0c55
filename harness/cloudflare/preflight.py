"""What must be so before anything is built or changed; each problem is one line that names it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from harness.cloudflare.api import Api, ApiError, UnreachableError
from harness.cloudflare.credentials import secret_of
from harness.cloudflare.registry import Registry
from harness.cloudflare.serving import Live
from harness.cloudflare.settings import Settings
from harness.cloudflare.state_format import format_at, format_of
from harness.cloudflare.worker import Worker
from harness.console import log
from harness.docker.revision import Revision
from harness.envfile import TOKEN as GATEWAY_TOKEN
from harness.errors import HarnessError, ReleaseError
from harness.project import Project

__all__ = [
    "ACCOUNT_CHECKS",
    "CHECKS",
    "PREVIEW_CHECKS",
    "Finding",
    "Subject",
    "examine",
    "require",
]

_COMMIT = re.compile(r"[0-9a-f]{40}")
_MAKE_BUCKET = "make it with `wrangler r2 bucket create {}`"


@dataclass(frozen=True)
class Subject:
    """What is looked at.

    Attributes:
        project: The checkout.
        api: The account's API.
        settings: wrangler's configuration of each environment that is to be released.
        one_way: Whether that is wanted from which nothing leads back: a Durable Object migration,
            another format of the state.
    """

    project: Project
    api: Api
    settings: Sequence[Settings]
    one_way: bool = False


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        name: What was looked at.
        problem: What is wrong with it and what mends that; empty if nothing is.
    """

    name: str
    problem: str


Check = Callable[[Subject], Iterator[str]]
"""Yields problems."""


def examine(subject: Subject, checks: Sequence[tuple[str, Check]]) -> list[Finding]:
    """Make checks, one after another; the first that nobody could ask ends them."""
    found: list[Finding] = []
    for name, check in checks:
        try:
            problems = list(check(subject))
        except UnreachableError as error:
            return [*found, Finding(name, str(error))]
        except HarnessError as error:
            problems = [str(error)]
        found += [Finding(name, it) for it in problems] or [Finding(name, "")]
        if name == "token" and problems:
            return found
    return found


def require(found: Sequence[Finding]) -> None:
    """Go on only if nothing is wrong.

    Raises:
        ReleaseError: Something is.
    """
    problems = [it.problem for it in found if it.problem]
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ReleaseError(f"nothing was changed: {problems[0]}{more}", "see `harness preflight`")


def _token(subject: Subject) -> Iterator[str]:
    try:
        found = subject.api.call("GET", "/user/tokens/verify")
    except ApiError:
        yield "Cloudflare does not know what is in CLOUDFLARE_API_TOKEN; make a token and set it"
        return
    if found.get("status") != "active":
        yield f"the token in CLOUDFLARE_API_TOKEN is {found.get('status')}; make another one"


def _may(subject: Subject, path: str, scope: str) -> Iterator[str]:
    try:
        subject.api.ask(path)
    except ApiError as error:
        denied = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)
        if error.status not in denied:
            raise
        account = f"account {subject.api.account}"
        yield f"the token lacks `{scope}` for {account}, or that account has it not; add it"


def _workers(subject: Subject) -> Iterator[str]:
    return _may(subject, "workers/scripts", "Workers Scripts: Edit")


def _containers(subject: Subject) -> Iterator[str]:
    problems = list(_may(subject, "containers/me", "Containers: Edit"))
    yield from problems
    if not problems:
        _registry(subject).login()


def _storage(subject: Subject) -> Iterator[str]:
    return _may(subject, "r2/buckets", "Workers R2 Storage: Edit")


def _r2(subject: Subject) -> Iterator[str]:
    problems = list(_storage(subject))
    yield from problems
    if not problems:
        yield from _buckets(subject)


def _buckets(subject: Subject) -> Iterator[str]:
    bound = [name for it in subject.settings for name in it.buckets]
    for name in dict.fromkeys([subject.project.config.cloudflare.state, *bound]):
        if subject.api.find(f"r2/buckets/{name}") is None:
            yield f"the R2 bucket {name} is missing; {_MAKE_BUCKET.format(name)}"


def _git(subject: Subject) -> Iterator[str]:
    if subject.api.is_loopback:  # a rehearsal may be of what is not committed yet
        return
    commit = Revision.of(subject.project.root).commit
    if commit == "unknown":
        yield f"{subject.project.root} is at no commit; release from a git checkout"
    elif commit.endswith("-dirty"):
        yield f"{subject.project.root} differs from its commit; commit or undo the changes"


def _deployed(subject: Subject) -> Iterator[str]:
    for settings in subject.settings:
        worker = Worker.of(subject.api, settings)
        live = worker.live()
        yield from _secret(settings, worker)
        if live is None:
            continue
        if len([share for _, share in live.versions if share > 0]) > 1:
            yield (
                f"{settings.worker} is between two versions, which somebody else has begun; "
                "finish that with `wrangler versions deploy`"
            )
        yield from _migration(subject, settings, worker)


def _secret(settings: Settings, worker: Worker) -> Iterator[str]:
    if not secret_of(GATEWAY_TOKEN) and GATEWAY_TOKEN not in worker.secrets():
        yield (
            f"{settings.worker} has no secret {GATEWAY_TOKEN}; set that variable for its first "
            f"release, or use `wrangler secret put {GATEWAY_TOKEN} --env {settings.environment}`"
        )


def _migration(subject: Subject, settings: Settings, worker: Worker) -> Iterator[str]:
    there = worker.migration()
    if settings.migration != there and not subject.one_way:
        yield (
            f"{settings.worker} would go from Durable Object migration {there or 'none'} to "
            f"{settings.migration or 'none'}, and nothing leads back; release it with --one-way"
        )


def _way_back(subject: Subject) -> Iterator[str]:
    registry = _registry(subject)
    for settings, live in _serving(subject):
        if registry.lacks(live.image):
            yield (
                f"{settings.worker} runs {live.image}, which the registry has no more: a failed "
                "release could not go back; push it again"
            )


def _state(subject: Subject) -> Iterator[str]:
    """Yield where state that the new release writes could not be read by the old one."""
    if subject.one_way:
        return
    registry = _registry(subject)
    for settings, live in _serving(subject):
        digest = live.image.rpartition("@")[2]
        if live.image == registry.name(digest):
            yield from _unreadable(settings, subject.project.root, registry.revision(digest))


def _unreadable(settings: Settings, root: Path, commit: str) -> Iterator[str]:
    writes, reads = format_of(root), format_at(root, commit)
    if reads is None and _COMMIT.fullmatch(commit):
        log.warn(
            f"{settings.worker} serves commit {commit[:12]}, which git does not know here, so "
            "nobody looks whether it could read the new release's state; fetch that commit"
        )
    if reads and reads != writes:
        yield (
            f"state would be written in format {writes}, and what serves in {settings.worker} "
            f"reads {reads}: after a way back it would ignore it; release with --one-way"
        )


def _registry(subject: Subject) -> Registry:
    return Registry(subject.api, subject.project.config.cloudflare.image)


def _serving(subject: Subject) -> Iterator[tuple[Settings, Live]]:
    """Yield what serves, where anything does."""
    for settings in subject.settings:
        live = Worker.of(subject.api, settings).live()
        if live:
            yield settings, live


ACCOUNT_CHECKS: tuple[tuple[str, Check], ...] = (
    ("token", _token),
    ("workers", _workers),
    ("r2", _r2),
    ("containers", _containers),
)
"""What is asked of the account."""

CHECKS: tuple[tuple[str, Check], ...] = (
    *ACCOUNT_CHECKS,
    ("git", _git),
    ("deployed", _deployed),
    ("way back", _way_back),
    ("state", _state),
)
"""All of them."""

PREVIEW_CHECKS: tuple[tuple[str, Check], ...] = (
    ("token", _token),
    ("workers", _workers),
    ("r2", _storage),
    ("containers", _containers),
    ("git", _git),
)
"""Those that a preview needs, which makes its own buckets."""
