"""`harness gate`: an exit status from evidence, before anything is released."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from typer import BadParameter, Option

from harness import process
from harness.acceptance import CRITERIA, checks_of, evidence_of, local_criteria, local_of
from harness.console import log
from harness.criteria.catalog import Catalog, Priority
from harness.criteria.checks import long_ones
from harness.criteria.environment import Checkout, HarnessInfo, differing, judging
from harness.criteria.evidence import Evidence
from harness.criteria.gate import LONGEST, Answer, Release, ask, differences
from harness.docker.reference import by_digest, refuse_digest
from harness.errors import ConfigError, GateError, ToolError, UsageError
from harness.github import artifacts
from harness.github.api import repository
from harness.github.here import Here
from harness.options import AsJson, ProjectDir
from harness.project import Project
from harness.report.merged import sources

__all__ = ["answers_of", "conclude", "gate", "refuse", "told"]

Require = Annotated[
    str, Option("--require", metavar="P0[,P1]", help="The priorities that must all have passed.")
]
From = Annotated[
    list[Path] | None,
    Option(
        "--evidence",
        metavar="PATH",
        help="An evidence file, or a directory of them, instead of the checkout's own; may stand "
        "several times.",
    ),
]
GitHub = Annotated[
    bool,
    Option(
        "--github",
        help="Put what runs of the main branch left on GitHub beside the checkout's own first.",
    ),
]
Revision = Annotated[
    str,
    Option(
        "--revision",
        metavar="REV",
        help="The commit that evidence must be of, with the Worker, workflows, harness and "
        "criteria that are here; else this checkout's, which must be clean.",
    ),
]
Digest = Annotated[
    str, Option("--digest", metavar="SHA256", help="The image that evidence must be of.")
]
Base = Annotated[
    str,
    Option(
        "--base",
        metavar="REF",
        help="Take criteria and limits from this branch or commit, and tell what differs here.",
    ),
]


def gate(  # noqa: PLR0913 -- one for each option
    *,
    require: Require = "P0",
    evidence: From = None,
    github: GitHub = False,
    revision: Revision = "",
    digest: Digest = "",
    base: Base = "",
    project: ProjectDir = None,
    json: AsJson = False,
) -> None:
    """Say whether evidence is enough for a release; the status is 1 if any is missing.

    A criterion of the gate `release` wants a pass on this revision and image; one of the gate
    `periodic` a pass of the last seven days, by the same harness, Worker, workflows and checks of
    the project's own.
    """
    log.json_mode = json
    if github and evidence:
        raise UsageError(
            "--github fetches into the checkout's own evidence, and --evidence reads other",
            "give one of them, or fetch first and name .harness/evidence too",
        )
    refuse(require, evidence)
    if digest:
        refuse_digest(digest, "--digest")
    checkout = Project.find(project)
    catalog, changed = _catalog(checkout, base)
    for line in changed:
        log.warn(f"the criteria differ from {base}, whose count: {line}")
    # Where `harness build --push` and the workflow put it.
    image = by_digest(checkout.config.image.published, digest) if digest else ""
    release = _release(checkout, revision, image)
    if github:
        _fetch(checkout, release.now)
    answers = _answers(checkout, catalog, require, evidence, release)
    log.emit({"changed": changed, **told(answers)})
    conclude(answers)


def refuse(require: str, evidence: list[Path] | None) -> None:
    """Refuse what the gate cannot be asked with, before anything else takes its time.

    Raises:
        BadParameter: There is no such priority.
        ConfigError: Evidence that is named is not there, or is none.
    """
    _priorities(require)
    for place in evidence or ():
        _refuse_missing(place)
        if place.is_file():
            Evidence.read(place)


def answers_of(
    checkout: Project, require: str, evidence: list[Path] | None, image: str
) -> list[Answer]:
    """Return what the gate says of each criterion, for an image by its digest.

    Raises:
        GateError: What is to be released is no commit.
        HarnessError: Evidence or criteria cannot be read.
    """
    catalog, _ = _catalog(checkout, "")
    return _answers(checkout, catalog, require, evidence, _release(checkout, "", image))


def told(answers: list[Answer]) -> dict[str, Any]:
    """Return the answers as a program reads them."""
    return {"criteria": [it.model_dump(mode="json") for it in answers]}


def conclude(answers: list[Answer], *, listed: bool = True) -> None:
    """End well if each criterion has passed.

    Args:
        answers: What the gate says of each.
        listed: Name those that have not.

    Raises:
        GateError: Evidence is missing.
    """
    missing = [it for it in answers if it.problem]
    for it in missing if listed else []:
        log.say(f"{it.criterion:<8} {it.problem}: {it.command}")
    if missing:
        raise GateError(
            f"{len(missing)} of {len(answers)} criteria lack evidence",
            "gather it with `harness accept`, or with the command beside each",
        )
    log.say(f"{len(answers)} of {len(answers)} criteria have passed")


def _answers(
    checkout: Project,
    catalog: Catalog,
    require: str,
    evidence: list[Path] | None,
    release: Release,
) -> list[Answer]:
    long = long_ones(checks_of(), local_of(checkout))
    return ask(catalog, _priorities(require), list(_read(checkout, evidence)), release, long)


def _priorities(text: str) -> list[Priority]:
    try:
        return [Priority(word.strip()) for word in text.split(",")]
    except ValueError as error:
        raise BadParameter(f"{text!r} is not P0, P1 or P0,P1", param_hint="--require") from error


def _catalog(checkout: Project, base: str) -> tuple[Catalog, list[str]]:
    """Return the criteria that count, and how this checkout's differ from them."""
    ours = Catalog.load(checks_of() / CRITERIA, *local_criteria(checkout))
    if not base:
        return ours, []
    commit = _commit(checkout, "--base", base)
    own = [(f"{base}:{it}", _at(checkout, commit, it)) for it in _local_at(checkout, commit)]
    theirs = Catalog.of([_required(checkout, base, commit), *own])
    return theirs, differences(theirs, ours)


def _required(checkout: Project, base: str, commit: str) -> tuple[str, str]:
    """Return a name for the PRD's criteria at a commit, and their text.

    They are the harness's, so a checkout that does not hold it has them in none of its commits.
    """
    checks = checks_of()
    if checks.parent != checkout.root:
        return str(checks / CRITERIA), (checks / CRITERIA).read_text(encoding="utf-8")
    name = f"{checks.name}/{CRITERIA}"
    try:
        return f"{base}:{name}", _at(checkout, commit, name)
    except ToolError as error:
        raise ConfigError(f"--base {base}: git has no {name} there", "name another") from error


def _local_at(checkout: Project, commit: str) -> list[str]:
    """Return the files of the project's own criteria at a commit."""
    local = f"{local_of(checkout).relative_to(checkout.root)}/"
    words = ["ls-tree", "-z", "--name-only", commit, local]
    names = process.run(["git", "-C", checkout.root, *words]).stdout.split("\0")
    return [name for name in names if name.endswith(".toml")]


def _at(checkout: Project, commit: str, name: str) -> str:
    return process.run(["git", "-C", checkout.root, "show", f"{commit}:./{name}"]).stdout


def _read(checkout: Project, places: list[Path] | None) -> Iterator[Evidence]:
    for place in places or [evidence_of(checkout)]:
        if places:
            _refuse_missing(place)
        yield from (it.evidence for it in sources(place))


def _refuse_missing(place: Path) -> None:
    if not place.exists():
        raise ConfigError(f"{place}: no such file or directory", "mend --evidence")


def _fetch(checkout: Project, now: datetime) -> None:
    here = Here.of()
    with log.step("fetching evidence from GitHub"), repository(here) as there:
        found = artifacts.fetch(there, evidence_of(checkout), now, LONGEST)
    log.note(f"{len(found)} runs of the main branch left evidence on GitHub")


def _release(checkout: Project, revision: str, image: str) -> Release:
    found = Checkout.observe(checkout)
    if revision:
        commit = _commit(checkout, "--revision", revision)
        _refuse_differing(checkout, revision, commit)
        found = found.model_copy(update={"revision": commit})
    elif found.dirty:
        raise GateError(
            f"{checkout.root}: what is released must be a commit, and {found.changed or 'all'} "
            "files differ from it",
            "commit them, or name the commit with --revision if none is of the Worker, the "
            "workflows, the harness or the criteria",
        )
    return Release(
        checkout=found,
        harness=HarnessInfo.observe(checks_of()),
        digest=image.rpartition("@")[2],
        now=datetime.now(UTC),
        image=image,
    )


def _refuse_differing(checkout: Project, revision: str, commit: str) -> None:
    """Refuse a commit whose Worker, workflows, harness or criteria are not those that are here.

    Evidence is held to what is here, and would pass for that of the commit.
    """
    files = differing(checkout, commit, [*judging(checks_of()), local_of(checkout)])
    if files:
        more = f" and {len(files) - 1} more differ" if files[1:] else " differs"
        raise GateError(
            f"--revision {revision}: {files[0]}{more} from that commit here, and evidence is held "
            "to what is here",
            "check that commit out, with nothing changed on top",
        )


def _commit(checkout: Project, option: str, revision: str) -> str:
    words = ["rev-parse", "--verify", f"{revision}^{{commit}}"]
    try:
        return process.run(["git", "-C", checkout.root, *words]).stdout.strip()
    except ToolError as error:
        raise ConfigError(
            f"{option} {revision}: git knows no such commit", "fetch it, or name another"
        ) from error
