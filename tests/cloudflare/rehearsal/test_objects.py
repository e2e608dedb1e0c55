"""R2's S3 side, asked by the library that the release record uses."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import obstore
import pytest
from obstore.exceptions import (
    AlreadyExistsError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from harness.cloudflare.rehearsal import Applied, Bucket, Permission, Rehearsal, Status
from harness.cloudflare.rehearsal.objects import key_of

if TYPE_CHECKING:
    from obstore import PutResult, UpdateVersion

_PATH = "releases/production.json"


def _store(cloud: Rehearsal, key: str, secret: str) -> S3Store:
    return S3Store(
        "loa-releases",
        endpoint=cloud.environment["LOA_R2_ENDPOINT"],
        region="auto",
        access_key_id=key,
        secret_access_key=secret,
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )


@pytest.fixture
def store(cloud: Rehearsal) -> S3Store:
    cloud.state.buckets["loa-releases"] = Bucket(name="loa-releases")
    return _store(cloud, *key_of(cloud.state))


def _update(written: PutResult) -> UpdateVersion:
    return {"e_tag": written["e_tag"]}


def test_the_secret_is_the_hash_of_the_token(cloud: Rehearsal) -> None:
    token = cloud.environment["CLOUDFLARE_API_TOKEN"]
    assert key_of(cloud.state)[1] == hashlib.sha256(token.encode()).hexdigest()


def test_an_object_is_written_read_listed_and_removed(store: S3Store) -> None:
    obstore.put(store, _PATH, b"{}")
    assert bytes(obstore.get(store, _PATH).bytes()) == b"{}"
    assert obstore.head(store, _PATH)["size"] == 2
    listed = [each["path"] for batch in obstore.list(store, "releases") for each in batch]
    assert listed == [_PATH]
    obstore.delete(store, _PATH)
    with pytest.raises(FileNotFoundError):
        obstore.get(store, _PATH)


def test_the_second_who_creates_is_refused(store: S3Store) -> None:
    obstore.put(store, _PATH, b"first", mode="create")
    with pytest.raises(AlreadyExistsError):
        obstore.put(store, _PATH, b"second", mode="create")
    assert bytes(obstore.get(store, _PATH).bytes()) == b"first"


def test_who_read_an_older_object_may_not_replace_it(store: S3Store) -> None:
    old = _update(obstore.put(store, _PATH, b"old"))
    new = _update(obstore.put(store, _PATH, b"new", mode=old))
    with pytest.raises(PreconditionError):
        obstore.put(store, _PATH, b"late", mode=old)
    obstore.put(store, _PATH, b"newer", mode=new)
    assert bytes(obstore.get(store, _PATH).bytes()) == b"newer"


def test_of_many_who_create_at_once_one_wins(store: S3Store) -> None:
    def create(number: int) -> bool:
        try:
            obstore.put(store, _PATH, str(number).encode(), mode="create")
        except AlreadyExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as several:
        assert sum(several.map(create, range(24))) == 1


def test_a_wrong_secret_a_wrong_key_and_a_missing_permission_are_refused(
    cloud: Rehearsal, store: S3Store
) -> None:
    key, secret = key_of(cloud.state)
    with pytest.raises(PermissionDeniedError):
        obstore.put(_store(cloud, key, "0" * 64), _PATH, b"")
    with pytest.raises(UnauthenticatedError):
        obstore.put(_store(cloud, "0" * 32, secret), _PATH, b"")
    cloud.state.token.permissions -= {Permission.R2}
    with pytest.raises(PermissionDeniedError):
        obstore.put(store, _PATH, b"")
    assert not cloud.state.buckets["loa-releases"].objects


def test_a_missing_bucket_is_told(cloud: Rehearsal) -> None:
    with pytest.raises(FileNotFoundError):
        obstore.put(_store(cloud, *key_of(cloud.state)), _PATH, b"")


def test_nothing_is_taken_without_a_signature(cloud: Rehearsal, store: S3Store) -> None:
    endpoint = cloud.environment["LOA_R2_ENDPOINT"]
    assert store.prefix is None
    assert httpx.put(f"{endpoint}/loa-releases/{_PATH}", content=b"").status_code == 400
    assert not cloud.state.buckets["loa-releases"].objects


def test_a_write_that_was_done_but_not_acknowledged_is_there(
    cloud: Rehearsal, store: S3Store
) -> None:
    cloud.faults.inject("PUT /loa-releases/*", Applied(Status(500)))
    with pytest.raises(obstore.exceptions.BaseError):
        obstore.put(store, _PATH, b"{}", mode="create")
    assert bytes(obstore.get(store, _PATH).bytes()) == b"{}"
