"""A preview is put up under its own name, and taken away with all that was its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from harness.cloudflare.credentials import Credentials
from harness.cloudflare.preview import Preview
from harness.cloudflare.rehearsal import Applied, Reset, Status
from harness.cloudflare.rehearsal.state import Application, Bucket, StoredObject, Worker
from harness.cloudflare.shelf import made as made_bucket
from harness.cloudflare.target import Target
from harness.errors import ConfigError
from harness.fixtures.made_up_account import MadeUpAccount, made_up_account
from harness.fixtures.releases import Releases, releases
from harness.project import Project

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "loa-preview-pr-7"


def slowly(test: Callable[..., None]) -> Callable[..., None]:
    """With the real wrangler: ten seconds and more."""
    for mark in (pytest.mark.slow, pytest.mark.long, pytest.mark.xdist_group("preview")):
        test = mark(test)
    return test


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[MadeUpAccount]:
    with made_up_account(Project(REPOSITORY)) as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found
        assert not found.cloud.calls.unknown


def there(account: MadeUpAccount) -> set[str]:
    """Return the names of all that the account holds."""
    state = account.cloud.state
    return {*state.workers, *(it.name for it in state.applications.values()), *state.buckets}


def leave(account: MadeUpAccount, worker: str, bucket: str) -> None:
    """Have a Worker with its container and its bucket be there, as a deployment leaves them."""
    state = account.cloud.state
    body = {"name": f"{worker}-loacontainer", "configuration": {"image": "x@sha256:1"}}
    application = Application(body=body, serving="x@sha256:1")
    state.workers[worker] = Worker(name=worker)
    state.applications[application.id] = application
    kept = StoredObject(content=b"state", etag="1")
    state.buckets[bucket] = Bucket(name=bucket, objects={"identity.json": kept, "a/b": kept})


def take_away(name: str) -> list[str]:
    with Target.of(Project(REPOSITORY), Credentials.of_environment()) as target:
        return Preview(target, name).take_away()


def test_all_that_is_its_own_is_taken_away_and_nothing_else(account: MadeUpAccount) -> None:
    before = there(account)
    leave(account, NAME, f"{NAME}-state")
    leave(account, "loa-preview-pr-70", "loa-preview-pr-70-state")
    removed = take_away("pr-7")
    assert removed == [
        f"Worker {NAME}",
        f"container application {NAME}-loacontainer",
        f"bucket {NAME}-state",
    ]
    others = ["loa-preview-pr-70", "loa-preview-pr-70-loacontainer", "loa-preview-pr-70-state"]
    assert there(account) == before | set(others)


def test_what_is_there_in_part_is_taken_away_too(account: MadeUpAccount) -> None:
    before = there(account)
    leave(account, NAME, f"{NAME}-state")
    del account.cloud.state.workers[NAME]
    assert len(take_away("pr-7")) == 2
    assert take_away("pr-7") == []
    assert there(account) == before


def test_what_cloudflare_does_not_remove_at_once_goes_with_the_next_try(
    account: MadeUpAccount,
) -> None:
    before = there(account)
    leave(account, NAME, f"{NAME}-state")
    account.cloud.faults.inject("DELETE */workers/scripts/*", Applied(Reset()))
    account.cloud.faults.inject("DELETE */applications/*", Status(503))
    take_away("pr-7")
    assert there(account) == before


def test_an_image_that_is_there_is_kept_under_its_name_and_goes_with_it(
    account: MadeUpAccount,
) -> None:
    digest = account.image("c0ffee").rpartition("@")[2]
    with Target.of(Project(REPOSITORY), Credentials.of_environment()) as target:
        assert Preview(target, "pr-7").registry.keep(digest)
    assert take_away("pr-7") == ["image loa-preview:pr-7"]


def test_a_bucket_is_made_though_the_answer_to_that_is_lost(account: MadeUpAccount) -> None:
    account.cloud.faults.inject("POST */r2/buckets", Applied(Reset()))
    with Target.of(Project(REPOSITORY), Credentials.of_environment()) as target:
        for _ in range(2):
            made_bucket(target.api, "its-own")
    assert "its-own" in there(account)
    assert account.cloud.calls.changes == ["POST r2/buckets"] * 2


def test_an_address_that_nobody_knows_is_said_before_an_image_is_built(
    account: MadeUpAccount,
) -> None:
    account.cloud.state.subdomain = ""
    with Target.of(Project(REPOSITORY), Credentials.of_environment()) as target:
        found = Preview(target, "pr-7")
        with pytest.raises(ConfigError, match=f"nobody knows where {NAME} answers; set LOA_PREV"):
            found.put_up(lambda: pytest.fail("it was built"), 1)


def preview(*words: str) -> list[str]:
    return ["deploy", "--preview", "pr-7", "--deadline", "8", *words]


@pytest.fixture(scope="module")
def made() -> Iterator[Releases]:
    with releases(Project(REPOSITORY)) as found:
        assert found.deploy(found.image(name="released")).ok
        yield found
        assert not found.account.cloud.calls.unknown


@slowly
def test_it_serves_and_no_environment_is_touched(made: Releases) -> None:
    cloud = made.account.cloud
    released = [made.served(it) for it in ("staging", "production")]
    seen, before = len(cloud.calls), there(made.account)
    image, url = made.image(name="changed"), cloud.url(NAME)
    done = made.run(*preview("--image", image), LOA_PREVIEW_URL=url)
    assert done.ok, done.stderr
    assert httpx.get(f"{url}/health").json()["revision"] == made.commit
    own = {NAME, f"{NAME}-loacontainer", f"{NAME}-state"}
    assert there(made.account) == before | own
    changed = [str(it) for it in cloud.calls[seen:] if it.method not in {"GET", "HEAD"}]
    assert not [it for it in changed if "loa-staging" in it or "loa-production" in it]
    assert [made.served(it) for it in ("staging", "production")] == released
    done = made.run(*preview("--remove"), LOA_PREVIEW_URL=url)
    assert done.ok, done.stderr
    assert there(made.account) == before


@slowly
def test_one_that_is_not_well_stays_to_be_looked_at(made: Releases) -> None:
    before, url = there(made.account), made.account.cloud.url(NAME)
    ill = made.image(name="ill", starts=False)
    done = made.run(*preview("--image", ill), LOA_PREVIEW_URL=url)
    assert done.status == 1
    assert "the preview is not well" in done.stderr.splitlines()[-1]
    assert "--preview pr-7 --remove" in done.stderr.splitlines()[-1]
    assert NAME in there(made.account)
    assert made.run(*preview("--remove"), LOA_PREVIEW_URL=url).ok
    assert there(made.account) == before
