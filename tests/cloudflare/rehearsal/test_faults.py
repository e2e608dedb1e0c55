"""Every fault, as a client sees it."""

import threading
import time

import httpx
import pytest

from harness.cloudflare.rehearsal import Applied, Die, Rehearsal, Reset, Run, Stall, Status
from harness.poll import until
from tests.cloudflare.rehearsal.client import client, deploy, result

_PATH = "workers/scripts"


def test_a_status_comes_with_the_time_to_wait(cloud: Rehearsal, api: httpx.Client) -> None:
    cloud.faults.inject("GET */workers/scripts", Status(429, retry_after=7))
    answer = api.get(_PATH)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert not answer.json()["success"]
    assert api.get(_PATH).status_code == 200
    # The answer is there a moment before the call is written down.
    until(lambda: len(cloud.calls) > 1, seconds=10, what="both calls are written down")
    assert [call.status for call in cloud.calls] == [429, 200]


def test_only_the_nth_call_and_as_many_as_asked_for_are_hit(
    cloud: Rehearsal, api: httpx.Client
) -> None:
    planned = cloud.faults.inject("GET *", Status(503), nth=2, times=2)
    assert [api.get(_PATH).status_code for _ in range(4)] == [200, 503, 503, 200]
    assert planned.spent == 2


def test_other_methods_and_paths_are_left_alone(cloud: Rehearsal, api: httpx.Client) -> None:
    cloud.faults.inject("POST */scripts", Status(500), times=None)
    assert api.get(_PATH).status_code == 200


def test_a_reset_is_no_answer(cloud: Rehearsal, api: httpx.Client) -> None:
    cloud.faults.inject("*", Reset())
    with pytest.raises(httpx.ReadError):
        api.get(_PATH)
    # The client knows of it before the server has written it down.
    until(lambda: bool(cloud.calls), seconds=10, what="the call is written down")
    assert cloud.calls[0].status == 0


def test_a_stall_outlasts_the_client(cloud: Rehearsal, api: httpx.Client) -> None:
    cloud.faults.inject("*", Stall())
    with pytest.raises(httpx.ReadTimeout):
        api.get(_PATH, timeout=0.2)
    assert api.get(_PATH).status_code == 200


def test_a_short_stall_is_only_slow(cloud: Rehearsal, api: httpx.Client) -> None:
    cloud.faults.inject("*", Stall(0.3))
    began = time.monotonic()
    assert api.get(_PATH).status_code == 200
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("seen", [Status(500), Reset(), Stall()])
def test_what_was_applied_is_live_although_the_client_saw_an_error(
    cloud: Rehearsal, api: httpx.Client, seen: Status | Reset | Stall
) -> None:
    cloud.faults.inject("PUT */scripts/site", Applied(seen))
    api.timeout = httpx.Timeout(0.5 if isinstance(seen, Stall) else 60)
    try:
        assert deploy(api).status_code == 500
    except httpx.TransportError:
        assert not isinstance(seen, Status)
    # A client that does not wait may be gone before it is done.
    deployments = until(
        lambda: cloud.state.workers["site"].deployments if cloud.state.workers else None,
        seconds=10,
        what="it is done",
    )
    assert len(deployments) == 1


def test_what_was_refused_is_not_applied(cloud: Rehearsal, api: httpx.Client) -> None:
    cloud.faults.inject("PUT */scripts/site", Status(500))
    assert deploy(api).status_code == 500
    assert not cloud.state.workers


def test_the_dead_answer_nobody_until_they_live_again(cloud: Rehearsal, api: httpx.Client) -> None:
    cloud.faults.inject("*", Die(), nth=2)
    assert api.get(_PATH).status_code == 200
    for _ in range(3):
        with client(cloud) as other, pytest.raises(httpx.TransportError):
            other.get(_PATH)
    cloud.faults.clear()
    assert result(api.get(_PATH)) == []


def test_something_can_be_done_once_a_call_was_answered(
    cloud: Rehearsal, api: httpx.Client
) -> None:
    done = threading.Event()
    cloud.faults.inject("PUT */scripts/site", Run(done.set))
    assert deploy(api).status_code == 200
    assert done.wait(1)


def _statuses(cloud: Rehearsal, api: httpx.Client, seed: int) -> list[int]:
    cloud.faults.scatter(seed, 0.5, [Status(503), Status(429, 0)])
    return [api.get(_PATH).status_code for _ in range(60)]


def test_chance_hits_the_same_calls_for_the_same_seed(cloud: Rehearsal, api: httpx.Client) -> None:
    first = _statuses(cloud, api, 7)
    assert first == _statuses(cloud, api, 7) != _statuses(cloud, api, 8)
    assert {200, 429, 503} == set(first)


def test_chance_lets_the_third_try_through(cloud: Rehearsal, api: httpx.Client) -> None:
    cloud.faults.scatter(1, 1.0, [Status(503)])
    assert [api.get(_PATH).status_code for _ in range(6)] == [503, 503, 200] * 2
