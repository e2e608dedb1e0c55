"""Container applications, their rollouts, and what the edge then serves."""

import ssl

import httpx

from harness.cloudflare.rehearsal import Rehearsal
from harness.poll import until
from tests.cloudflare.rehearsal.client import (
    NEW,
    OLD,
    code,
    container,
    known_images,
    result,
)

# Made once: it reads the machine's certificates.
_TRUST = ssl.create_default_context()


def _roll(api: httpx.Client, application: str) -> str:
    target = {"image": f"registry/loa@{NEW}"}
    path = f"containers/applications/{application}"
    result(api.patch(path, json={"configuration": target}))
    body = {
        "description": "Progressive update",
        "strategy": "rolling",
        "kind": "full_auto",
        "step_percentage": 50,
        "target_configuration": target,
    }
    return str(result(api.post(f"{path}/rollouts", json=body))["id"])


def _health(cloud: Rehearsal) -> tuple[int, dict[str, str]]:
    answer = httpx.get(f"{cloud.url('site')}/health", verify=_TRUST)
    return answer.status_code, answer.json()


def test_the_first_image_serves_without_a_rollout(cloud: Rehearsal, api: httpx.Client) -> None:
    known_images(cloud)
    container(api)
    assert _health(cloud)[1]["revision"] == "old"


def test_a_changed_configuration_is_served_after_a_rollout_only(
    cloud: Rehearsal, api: httpx.Client
) -> None:
    known_images(cloud)
    application = container(api)
    path = f"containers/applications/{application}"
    result(api.patch(path, json={"configuration": {"image": f"registry/loa@{NEW}"}}))
    assert _health(cloud)[1]["revision"] == "old"
    _roll(api, application)
    assert _health(cloud)[1]["revision"] == "new"


def test_a_slow_rollout_goes_in_steps_and_switches_with_the_last(
    cloud: Rehearsal, api: httpx.Client
) -> None:
    known_images(cloud)
    application = container(api)
    cloud.state.switches.step_seconds = 1.0
    path = f"containers/applications/{application}/rollouts/{_roll(api, application)}"
    assert _health(cloud)[1]["revision"] == "old"
    seen: list[int] = []

    def complete() -> bool:
        rollout = result(api.get(path))
        seen.append(rollout["progress"]["current_step"])
        return bool(rollout["status"] == "completed")

    until(complete, seconds=30, what="the rollout")
    assert sorted(set(seen)) == [0, 1, 2]
    assert _health(cloud)[1]["revision"] == "new"


def test_a_second_rollout_replaces_the_first(cloud: Rehearsal, api: httpx.Client) -> None:
    application = container(api)
    cloud.state.switches.step_seconds = 60
    first, second = _roll(api, application), _roll(api, application)
    path = f"containers/applications/{application}/rollouts"
    statuses = {each["id"]: each["status"] for each in result(api.get(path))}
    assert statuses == {first: "replaced", second: "progressing"}


def test_a_rollout_can_lie(cloud: Rehearsal, api: httpx.Client) -> None:
    known_images(cloud)
    application = container(api)
    cloud.state.switches.lie = True
    path = f"containers/applications/{application}"
    rollout = result(api.get(f"{path}/rollouts/{_roll(api, application)}"))
    assert rollout["status"] == "completed"
    assert result(api.get(path))["configuration"]["image"].endswith(NEW)
    assert _health(cloud)[1]["revision"] == "old"


def test_an_instance_can_start_slowly(cloud: Rehearsal, api: httpx.Client) -> None:
    known_images(cloud)
    cloud.state.switches.starts_in = 1.0
    container(api)
    assert _health(cloud) == (503, _health(cloud)[1] | {"gateway": "starting", "revision": ""})
    until(lambda: _health(cloud)[0] == 200, seconds=30, what="the start")


def test_an_image_that_nobody_has_never_starts(cloud: Rehearsal, api: httpx.Client) -> None:
    container(api, OLD)
    status, health = _health(cloud)
    assert (status, health["gateway"], health["revision"]) == (503, "stopped", "")


def test_a_state_that_was_changed_by_hand_is_served_when_it_is_shown(
    cloud: Rehearsal, api: httpx.Client
) -> None:
    known_images(cloud)
    application = cloud.state.applications[container(api)]
    application.serving = f"registry/loa@{NEW}"
    assert _health(cloud)[1]["revision"] == "old"
    cloud.show()
    assert _health(cloud)[1]["revision"] == "new"


def test_a_namespace_has_one_application(api: httpx.Client) -> None:
    application = container(api)
    body = result(api.get(f"containers/applications/{application}"))
    assert code(api.post("containers/applications", json=body))[0] == 400


def test_versions_share_the_requests_and_can_be_chosen(cloud: Rehearsal, api: httpx.Client) -> None:
    container(api)
    worker = cloud.state.workers["site"]
    result(api.put("workers/scripts/site/secrets", json={"name": "A", "text": "b"}))
    old, new = (version.id for version in worker.versions)
    shares = [{"version_id": old, "percentage": 75}, {"version_id": new, "percentage": 25}]
    result(api.post("workers/scripts/site/deployments?force=true", json={"versions": shares}))
    served = [_health(cloud)[1]["version"] for _ in range(100)]
    assert (served.count(old), served.count(new)) == (75, 25)
    chosen = httpx.get(
        f"{cloud.url('site')}/health",
        headers={"Cloudflare-Workers-Version-Overrides": f'site="{new}"'},
    )
    assert chosen.json()["version"] == new
