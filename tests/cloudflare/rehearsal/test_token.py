"""What a token may do, and how a preflight can tell what it lacks."""

import httpx
import pytest

from harness.cloudflare.rehearsal import Permission, Rehearsal
from harness.poll import until
from tests.cloudflare.rehearsal.client import code, result

_ASKS = {
    Permission.ACCOUNT: "../{account}",
    Permission.WORKERS: "workers/scripts",
    Permission.R2: "r2/buckets",
    Permission.CONTAINERS: "containers/me",
}


def _verify(cloud: Rehearsal) -> str:
    return f"{cloud.environment['CLOUDFLARE_API_BASE_URL']}/user/tokens/verify"


def test_a_valid_token_is_told_its_id(cloud: Rehearsal, api: httpx.Client) -> None:
    assert result(api.get(_verify(cloud)))["id"] == cloud.state.token.id


def test_a_wrong_token_is_told_so(cloud: Rehearsal, api: httpx.Client) -> None:
    api.headers["Authorization"] = "Bearer wrong"
    assert code(api.get(_verify(cloud))) == (401, 1000)
    assert code(api.get("workers/scripts")) == (403, 9109)


def test_another_account_is_none_of_its_business(cloud: Rehearsal, api: httpx.Client) -> None:
    base = cloud.environment["CLOUDFLARE_API_BASE_URL"]
    assert code(api.get(f"{base}/accounts/{'0' * 32}")) == (403, 9109)


@pytest.mark.parametrize("lacking", _ASKS)
def test_a_missing_permission_is_refused_there_and_only_there(
    cloud: Rehearsal, api: httpx.Client, lacking: Permission
) -> None:
    cloud.state.token.permissions -= {lacking}
    refused = {
        asked
        for asked, path in _ASKS.items()
        if not api.get(path.format(account=cloud.state.account)).is_success
    }
    assert refused == {lacking}


def test_what_is_not_there_is_refused_and_recorded(cloud: Rehearsal, api: httpx.Client) -> None:
    assert code(api.get("workers/dreams")) == (404, 7003)
    # The answer is there a moment before the call is written down.
    until(lambda: cloud.calls.unknown, seconds=60, what="the call is recorded")
    assert cloud.calls.unknown == [f"GET /client/v4/accounts/{cloud.state.account}/workers/dreams"]
    cloud.calls.clear()


def test_a_missing_bucket_is_told_from_a_missing_permission(
    cloud: Rehearsal, api: httpx.Client
) -> None:
    assert code(api.get("r2/buckets/loa-releases")) == (404, 10006)
    result(api.post("r2/buckets", json={"name": "loa-releases"}))
    assert code(api.post("r2/buckets", json={"name": "loa-releases"})) == (409, 10004)
    assert result(api.get("r2/buckets/loa-releases"))["name"] == "loa-releases"
    cloud.state.token.permissions -= {Permission.R2}
    assert code(api.get("r2/buckets/loa-releases")) == (403, 10000)
