"""Uploads, versions, deployments and secrets, as the API keeps them."""

import httpx

from harness.cloudflare.rehearsal import Bucket, Rehearsal
from tests.cloudflare.rehearsal.client import CLASS, code, deploy, metadata, result, version_of

_SITE = "workers/scripts/site"
_DURABLE = {"type": "durable_object_namespace", "name": "LOA", "class_name": CLASS}
_CREATES = {"new_tag": "v1", "steps": [{"new_sqlite_classes": [CLASS]}]}


def _shares(*shares: tuple[str, int]) -> dict[str, object]:
    versions = [{"version_id": version, "percentage": share} for version, share in shares]
    return {"strategy": "percentage", "versions": versions}


def _live(api: httpx.Client) -> list[dict[str, object]]:
    found: list[dict[str, object]] = result(api.get(f"{_SITE}/deployments"))["deployments"]
    return found


def test_a_worker_that_is_not_there_is_told_by_its_codes(api: httpx.Client) -> None:
    assert code(api.get("workers/services/site")) == (404, 10090)
    assert code(api.get(f"{_SITE}/deployments")) == (404, 10007)
    assert code(deploy(api, path=f"{_SITE}/versions", method="POST")) == (404, 10007)


def test_an_upload_is_live_at_once(api: httpx.Client) -> None:
    version = version_of(deploy(api))
    assert _live(api)[0]["versions"] == [{"version_id": version, "percentage": 100.0}]


def test_a_version_is_live_only_by_a_deployment(api: httpx.Client) -> None:
    old = version_of(deploy(api))
    new = version_of(deploy(api, path=f"{_SITE}/versions", method="POST"))
    assert len(_live(api)) == 1
    result(api.post(f"{_SITE}/deployments", json=_shares((old, 100), (new, 0))))
    assert _live(api)[0]["versions"] == [
        {"version_id": old, "percentage": 100.0},
        {"version_id": new, "percentage": 0.0},
    ]


def test_shares_that_do_not_add_up_and_strange_versions_are_refused(api: httpx.Client) -> None:
    version = version_of(deploy(api))
    assert api.post(f"{_SITE}/deployments", json=_shares((version, 50))).status_code == 400
    assert api.post(f"{_SITE}/deployments", json=_shares(("none", 100))).status_code == 404
    assert len(_live(api)) == 1


def test_a_version_with_a_pending_migration_is_refused(api: httpx.Client) -> None:
    result(deploy(api))
    given = metadata(_DURABLE, migrations=_CREATES)
    assert code(deploy(api, given, path=f"{_SITE}/versions", method="POST")) == (400, 10211)
    assert code(deploy(api, metadata(_DURABLE))) == (400, 10061)


def test_a_migration_starts_from_the_tag_that_is_there(cloud: Rehearsal, api: httpx.Client) -> None:
    result(deploy(api, metadata(_DURABLE, migrations=_CREATES)))
    assert cloud.state.workers["site"].migration_tag == "v1"
    assert code(deploy(api, metadata(_DURABLE, migrations=_CREATES))) == (412, 10079)
    result(deploy(api, metadata(_DURABLE), path=f"{_SITE}/versions", method="POST"))


def test_a_refused_upload_leaves_nothing_behind(cloud: Rehearsal, api: httpx.Client) -> None:
    bucket = {"type": "r2_bucket", "name": "STATE", "bucket_name": "loa-state"}
    assert code(deploy(api, metadata(bucket, migrations=_CREATES))) == (400, 10085)
    assert not cloud.state.workers
    cloud.state.buckets["loa-state"] = Bucket(name="loa-state")
    result(deploy(api, metadata(bucket, migrations=_CREATES)))


def test_a_secret_is_a_new_live_version_and_later_ones_inherit_it(
    cloud: Rehearsal, api: httpx.Client
) -> None:
    result(deploy(api))
    result(api.put(f"{_SITE}/secrets", json={"name": "TOKEN", "text": "a", "type": "secret_text"}))
    result(deploy(api))
    assert [version.secrets for version in cloud.state.workers["site"].versions] == [
        {},
        {"TOKEN": "a"},
        {"TOKEN": "a"},
    ]
    assert "TOKEN" in api.get(f"{_SITE}/secrets").text


def test_going_back_over_a_changed_secret_wants_force(api: httpx.Client) -> None:
    old = version_of(deploy(api))
    result(api.put(f"{_SITE}/secrets", json={"name": "TOKEN", "text": "a", "type": "secret_text"}))
    answer = api.post(f"{_SITE}/deployments", json=_shares((old, 100)))
    assert code(answer) == (400, 10220)
    assert answer.json()["errors"][0]["message"].endswith("secrets have changed: TOKEN")
    result(api.post(f"{_SITE}/deployments?force=true", json=_shares((old, 100))))


def test_a_secret_is_refused_while_a_newer_version_waits(api: httpx.Client) -> None:
    result(deploy(api))
    result(deploy(api, path=f"{_SITE}/versions", method="POST"))
    secret = {"name": "TOKEN", "text": "a", "type": "secret_text"}
    assert code(api.put(f"{_SITE}/secrets", json=secret)) == (400, 10215)


def test_secret_values_are_never_told(api: httpx.Client) -> None:
    result(deploy(api, metadata({"type": "secret_text", "name": "TOKEN", "text": "hidden"})))
    version = _live(api)[0]["versions"][0]["version_id"]  # type: ignore[index]
    for path in ("secrets", "settings", "versions", f"versions/{version}"):
        assert "hidden" not in api.get(f"{_SITE}/{path}").text
