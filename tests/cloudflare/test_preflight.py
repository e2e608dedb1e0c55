"""What stops a release before it begins, on an account that serves the checkout's last commit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import process
from harness.cloudflare.api import Api
from harness.cloudflare.credentials import Credentials
from harness.cloudflare.preflight import CHECKS, Finding, Subject, examine, require
from harness.cloudflare.rehearsal.state import (
    Application,
    Deployment,
    Live,
    UploadedVersion,
    Worker,
)
from harness.cloudflare.settings import Settings
from harness.cloudflare.state_format import format_at, format_of
from harness.errors import ReleaseError
from harness.fixtures.releases import Releases, releases
from harness.project import Project

REPOSITORY = Path(__file__).resolve().parents[2]
BACKUP = "deploy/health/backup.mjs"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Releases]:
    with releases(Project(REPOSITORY)) as it:
        for name, value in it.account.environment.items():
            monkeypatch.setenv(name, value)
        serve(it)
        yield it


def serve(made: Releases) -> None:
    """Let production serve the commit, without the time that a release takes."""
    state, digest = made.account.cloud.state, made.image().rpartition("@")[2]
    host = made.account.environment["CLOUDFLARE_CONTAINER_REGISTRY"]
    image = f"{host}/{state.account}/loa@{digest}"
    version = UploadedVersion(number=1, main_module="x", modules=[], bindings=[])
    shares = [Live(version_id=version.id, percentage=100)]
    state.workers["loa-production"] = Worker(
        name="loa-production",
        versions=[version],
        deployments=[Deployment(versions=shares)],
        migration_tag="v1",
    )
    body = {"name": "loa-production-loacontainer", "configuration": {"image": image}}
    application = Application(body=body, serving=image)
    state.applications[application.id] = application


def found(made: Releases, *, one_way: bool = False) -> list[Finding]:
    api = Api(Credentials.of_environment())
    settings = [Settings.read(made.project, "production")]
    try:
        return examine(Subject(made.project, api, settings, one_way), CHECKS)
    finally:
        api.close()


def problems(made: Releases, *, one_way: bool = False) -> list[str]:
    return [it.problem for it in found(made, one_way=one_way) if it.problem]


def test_nothing_stops_a_release_of_what_serves_already(made: Releases) -> None:
    assert problems(made) == []


def test_a_migration_wants_to_be_asked_for(made: Releases) -> None:
    made.account.cloud.state.workers["loa-production"].migration_tag = "v0"
    (problem,) = problems(made)
    assert "would go from Durable Object migration v0 to v1" in problem
    assert problems(made, one_way=True) == []


def test_an_image_that_the_registry_lost_would_block_the_way_back(made: Releases) -> None:
    made.account.revisions.clear()
    assert "which the registry has no more" in problems(made)[0]


def test_state_that_the_old_release_cannot_read_would_be_lost(made: Releases) -> None:
    path = made.project.root / BACKUP
    text = path.read_text(encoding="utf-8")
    assert "const SCHEMA = 1;" in text
    path.write_text(text.replace("const SCHEMA = 1;", "const SCHEMA = 2;"), encoding="utf-8")
    process.run(["git", "-C", made.project.root, "add", "--all"])
    (problem,) = problems(made)
    assert "written in format 2" in problem
    assert problems(made, one_way=True) == []


def test_state_of_a_commit_that_git_does_not_know_is_said_not_to_be_looked_at(
    made: Releases, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in a clone that was made without its history."""
    for digest in made.account.revisions:
        made.account.revisions[digest] = "f" * 40
    assert problems(made) == []
    assert "loa-production serves commit ffffffffffff, which git does not know" in (
        capsys.readouterr().err
    )
    made.account.revisions.update(dict.fromkeys(made.account.revisions, "no commit"))
    assert problems(made) == []
    assert "which git does not know" not in capsys.readouterr().err


def test_state_is_found_where_the_checkout_is_a_part_of_its_repository(tmp_path: Path) -> None:
    part = tmp_path / "part"
    (part / BACKUP).parent.mkdir(parents=True)
    (part / BACKUP).write_text("const SCHEMA = 7;\n", encoding="utf-8")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "x"]):
        process.run([*git, *words])
    assert (format_of(part), format_at(part, "HEAD")) == ("7", "7")
    assert format_at(tmp_path, "HEAD") == ""
    assert format_at(part, "f" * 40) is None


def test_a_deployment_between_two_versions_is_somebody_elses(made: Releases) -> None:
    worker = made.account.cloud.state.workers["loa-production"]
    other = worker.versions[0].model_copy(update={"id": "other", "number": 2})
    worker.versions.append(other)
    worker.deployments[-1].versions = [
        Live(version_id=worker.versions[0].id, percentage=90),
        Live(version_id="other", percentage=10),
    ]
    assert "is between two versions" in problems(made)[0]


def test_the_first_problem_is_the_error_of_a_release(made: Releases) -> None:
    made.account.cloud.state.buckets.clear()
    findings = found(made)
    with pytest.raises(ReleaseError, match="nothing was changed: the R2 bucket loa-releases is mi"):
        require(findings)
