"""The record in a bucket: each write under a condition, and none is lost or made twice."""

from collections.abc import Iterator

import pytest

from harness.cloudflare.api import Api
from harness.cloudflare.credentials import TOKEN, Credentials
from harness.cloudflare.record import Phase, Record, StaleError
from harness.cloudflare.rehearsal import Applied, Bucket, Rehearsal, Reset, State, rehearsal
from harness.cloudflare.shelf import R2Shelf, key_of
from harness.errors import ReleaseError

BUCKET = "made-up"


@pytest.fixture
def cloud() -> Iterator[Rehearsal]:
    with rehearsal(state=State(buckets={BUCKET: Bucket(name=BUCKET)})) as up:
        yield up


@pytest.fixture
def shelf(cloud: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> R2Shelf:
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    return R2Shelf(Credentials.of_environment(), cloud.state.token.id, BUCKET)


def test_what_was_written_is_read(shelf: R2Shelf) -> None:
    assert shelf.read("staging") == (Record(), "")
    record = Record(owner="me", phase=Phase.SWITCHING)
    mark = shelf.write("staging", record, "")
    assert shelf.read("staging") == (record, mark)
    assert shelf.read("production") == (Record(), "")


def test_of_two_writers_one_loses(shelf: R2Shelf) -> None:
    first = shelf.write("staging", Record(owner="a"), "")
    with pytest.raises(StaleError):
        shelf.write("staging", Record(owner="b"), "")
    shelf.write("staging", Record(owner="a", beat=1), first)
    with pytest.raises(StaleError):
        shelf.write("staging", Record(owner="b", beat=1), first)


@pytest.mark.parametrize("replaces", [False, True], ids=["new", "replaced"])
def test_a_write_whose_answer_was_lost_is_ours(
    cloud: Rehearsal, shelf: R2Shelf, *, replaces: bool
) -> None:
    mark = shelf.write("staging", Record(owner="a"), "") if replaces else ""
    cloud.faults.inject("PUT *", Applied(Reset()))
    mark = shelf.write("staging", Record(owner="a", beat=1), mark)
    assert shelf.read("staging") == (Record(owner="a", beat=1), mark)


def test_a_bucket_that_is_not_there_is_named(shelf: R2Shelf, cloud: Rehearsal) -> None:
    cloud.state.buckets.clear()
    with pytest.raises(ReleaseError, match=f"the bucket {BUCKET}"):
        shelf.write("staging", Record(), "")


@pytest.mark.usefixtures("shelf")
def test_a_token_that_cloudflare_does_not_know_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "of-somebody-else")
    api = Api(Credentials.of_environment())
    with pytest.raises(ReleaseError, match=f"does not know what is in {TOKEN}; set a"):
        key_of(api)
    api.close()
