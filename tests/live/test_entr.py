from typing import Any

import pytest

from harness.live.entr import Changes
from harness.live.events import State, parse


def health(status: str, generation: int, **about: object) -> dict[str, Any]:
    return {"status": status, "generation": generation, "cause": "x.ts", "error": None, **about}


def told(*looks: dict[str, Any]) -> list[tuple[str, int | None]]:
    changes = Changes()
    events = [event for look in looks for event in changes.since(look)]
    return [(event["event"], event.get("generation")) for event in events]


def test_the_state_comes_first_and_nothing_follows_while_nothing_changes() -> None:
    assert told(health("healthy", 3), health("healthy", 3)) == [("state", 3)]


def test_a_reload_is_noticed_and_then_live() -> None:
    looks = (health("healthy", 1), health("reloading", 2), health("reloading", 2))
    expected = [("state", 1), ("noticed", 2), ("live", 2)]
    assert told(*looks, health("healthy", 2), health("healthy", 2)) == expected


def test_a_reload_between_two_looks_is_live() -> None:
    assert told(health("healthy", 1), health("healthy", 2)) == [("state", 1), ("live", 2)]


def test_a_reload_that_is_under_way_at_first_is_told_when_it_ends() -> None:
    assert told(health("reloading", 2), health("healthy", 2)) == [("state", 2), ("live", 2)]


def test_a_broken_layer_is_told_once_with_its_error() -> None:
    broken = health("broken", 2, error="the layer did not load")
    looks = (health("healthy", 1), broken, broken, health("healthy", 3))
    assert told(*looks) == [("state", 1), ("broken", 2), ("live", 3)]
    changes = Changes()
    changes.since(health("healthy", 1))
    assert changes.since(broken)[0]["error"] == "the layer did not load"


def test_the_gateways_own_line_is_told_with_its_place_first_and_that_nothing_serves() -> None:
    logged = "failed to load from /workspace/a/index.ts: Error: boom /workspace/a/x.ts:3:7"
    changes = Changes()
    changes.since(health("healthy", 1))
    [event] = changes.since(health("broken", 2, error=logged))
    assert (event["error"], event["serves"]) == ("a/x.ts:3: boom", False)
    state = Changes().since(health("broken", 2, error=logged))[0]
    assert (state["error"], state["serves"]) == ("a/x.ts:3: boom", False)
    assert Changes().since(health("healthy", 2))[0]["serves"]


def test_a_gateway_that_was_silent_for_a_moment_is_live_again() -> None:
    silent = health("broken", 1, error="the gateway does not answer")
    assert told(health("healthy", 1), silent, health("healthy", 1))[1:] == [
        ("silent", 1),
        ("live", 1),
    ]
    assert told(silent, health("healthy", 1)) == [("state", 1), ("live", 1)]


def test_a_load_that_never_answered_is_broken_and_not_silent() -> None:
    gave_up = health("broken", 2, error="the gateway does not answer")
    assert told(health("healthy", 1), health("reloading", 2), gave_up)[1:] == [
        ("noticed", 2),
        ("broken", 2),
    ]


def test_a_gateway_that_served_and_is_silent_may_turn_out_to_be_broken() -> None:
    silent = health("broken", 1, error="the gateway does not answer")
    damaged = health("broken", 1, error="torn")
    assert told(health("healthy", 1), silent, silent, damaged)[1:] == [("silent", 1), ("broken", 1)]


@pytest.mark.parametrize("ends", ["healthy", "broken"])
def test_a_load_is_timed_from_the_look_that_noticed_it(ends: str) -> None:
    times = iter([10.0, 12.94])
    changes = Changes(clock=lambda: next(times))
    looks = (health("healthy", 1), health("reloading", 2), health(ends, 2), health(ends, 2))
    last = [event for look in looks for event in changes.since(look)][-1]
    assert (last["generation"], last["afterMs"]) == (2, 2940)
    assert changes.since(health("healthy", 3))[0]["afterMs"] is None, "nobody saw it begin"


def test_a_better_explanation_is_told_too() -> None:
    looks = (health("broken", 2, error="it did not load"), health("broken", 2, error="x.ts:1: no"))
    assert told(health("healthy", 1), *looks) == [("state", 1), ("broken", 2), ("broken", 2)]


def test_a_gateway_that_ended_by_itself_is_told() -> None:
    ended = health("stopped", 1, error="killed by SIGKILL")
    assert told(health("healthy", 1), ended, ended) == [("state", 1), ("ended", None)]


def test_a_container_that_is_stopped_is_no_gateway_that_ended() -> None:
    assert told(health("healthy", 1), health("stopped", 1)) == [("state", 1)]


def test_what_is_not_our_start_script_counts_nothing_and_is_followed_all_the_same() -> None:
    looks: tuple[dict[str, Any], ...] = ({"ok": True}, {"ok": False}, {"status": "healthy"})
    assert told(*looks) == [("state", 0)]
    for status in (None, 200, {"gateway": "ok"}):
        changes, stranger = Changes(), {"status": status}
        assert isinstance(parse(changes.since(stranger)[0]), State)
        assert changes.since(stranger) == []
    assert isinstance(parse(Changes().since({"ok": True})[0]), State)
