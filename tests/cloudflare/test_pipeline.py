"""`harness deploy` and its kin against the loopback Cloudflare, with the real wrangler.

One account goes through a history: each test finds what the ones before it left.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cloudflare.rehearsal import Status
from harness.fixtures.releases import Releases, Served, releases
from harness.process import Completed
from harness.project import Project

REPOSITORY = Path(__file__).resolve().parents[2]

# Each of them makes one release or several, at ten seconds and more.
pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.xdist_group("pipeline")]


@pytest.fixture(scope="module")
def made() -> Iterator[Releases]:
    with releases(Project(REPOSITORY)) as found:
        assert found.deploy(found.image(name="first")).ok
        yield found


@pytest.fixture
def before(made: Releases) -> Iterator[Served]:
    """What production serves at first; the account is whole again afterwards, whatever happens."""
    made.account.cloud.faults.clear()
    yield made.served("production")
    made.account.cloud.state.switches.lie = False
    assert made.served("staging").is_whole
    assert made.served("production").is_whole
    assert not made.account.cloud.calls.unknown


def said(done: Completed) -> str:
    return done.stderr.splitlines()[-1] if done.stderr else ""


def test_a_new_image_serves_in_both_environments(made: Releases, before: Served) -> None:
    image = made.image(name="second")
    done = made.deploy(image, "--json")
    assert done.ok, done.stderr
    now = made.served("production")
    found = json.loads(done.stdout)
    assert now.versions == ((found["version"], 100.0),)
    assert now.running.endswith(image.rpartition("@")[2])
    assert now.running == made.served("staging").running
    assert now.versions != before.versions


def test_code_alone_stands_by_at_0_percent_first(made: Releases, before: Served) -> None:
    seen = len(made.account.cloud.calls)
    digest = before.running.rpartition("@")[2]
    done = made.deploy(f"made-up/second@{digest}")
    assert done.ok, done.stderr
    assert "at 0 % first" in done.stderr
    assert made.served("production").running == before.running
    changes = made.account.cloud.calls.changes[-20:]
    assert "POST loa-production/versions" in changes
    assert not any(
        call.method == "PUT" and call.path.endswith("scripts/loa-production")
        for call in made.account.cloud.calls[seen:]
    )


def test_what_staging_sees_never_reaches_production(made: Releases, before: Served) -> None:
    staging = made.served("staging")
    done = made.deploy(made.image(name="ill", starts=False))
    assert done.status == 1
    assert "staging: the new release is not well" in said(done)
    assert made.served("production") == before
    assert made.served("staging") == staging


def test_what_failed_after_it_went_live_is_taken_back(made: Releases, before: Served) -> None:
    faults = made.account.cloud.faults
    faults.inject("PUT */loa-production/schedules", Status(400), times=None)
    done = made.deploy(made.image(name="third"))
    assert done.status == 1
    assert "what served before serves again, and is well" in said(done)
    assert made.served("production") == before


def test_what_failed_before_it_went_live_is_not_rolled_back(made: Releases, before: Served) -> None:
    seen = len(made.account.cloud.calls)
    faults = made.account.cloud.faults
    faults.inject("PUT */scripts/loa-production", Status(400), times=None)
    done = made.deploy(made.image(name="fourth"))
    assert done.status == 1
    assert "what served before serves on" in said(done)
    assert made.served("production") == before
    calls = [str(call) for call in made.account.cloud.calls[seen:]]
    assert not [it for it in calls if it.startswith("POST") and "loa-production/deploy" in it]


def test_a_rollout_that_lies_is_found_out(made: Releases, before: Served) -> None:
    made.account.cloud.state.switches.lie = True
    done = made.deploy(made.image(name="fifth"))
    assert done.status == 1
    assert "old image" in said(done)
    assert made.served("production").versions == before.versions
    assert made.served("production").running == before.running


def test_an_image_that_the_registry_lost_stops_the_release_before_it_begins(
    made: Releases, before: Served
) -> None:
    revisions = made.account.revisions
    digest = before.running.rpartition("@")[2]
    kept = revisions.pop(digest)
    try:
        done = made.deploy(made.image(name="sixth"))
    finally:
        revisions[digest] = kept
    assert done.status == 1
    assert "nothing was changed: loa-" in said(done)
    assert made.served("production") == before


def test_rollback_goes_back_and_never_forward_again(made: Releases, before: Served) -> None:
    first = made.run("rollback", "--deadline", "20", "--json")
    assert first.ok, first.stderr
    one = made.served("production").versions
    second = made.run("rollback", "--deadline", "20", "--json")
    assert second.ok, second.stderr
    two = made.served("production").versions
    assert len({before.versions, one, two}) == 3
    third = made.run("rollback", "--deadline", "20")
    assert third.status == 1
    assert "nothing was changed" in said(third)
    named = made.run("rollback", before.versions[0][0], "--deadline", "20")
    assert named.ok, named.stderr
    assert made.served("production") == before


def test_with_nothing_unfinished_recover_does_nothing(made: Releases, before: Served) -> None:
    done = made.run("recover")
    assert done.ok, done.stderr
    assert "nothing was left to do" in done.stdout
    assert made.served("production") == before
