"""A call that was cut off may be carried out later: the way back waits for it before it is told."""

import contextlib

import pytest

from harness.cloudflare.api import ApiError
from harness.cloudflare.record import Phase
from harness.cloudflare.wrangler import WranglerError
from harness.errors import ReleaseError, ToolError
from tests.cloudflare.made_up import (
    NEW,
    SAME_IMAGE,
    KilledError,
    MadeUp,
    phase_of,
    release_of,
)

BEFORE = MadeUp().served
CALLS = [(NEW, "put"), (NEW, "patch"), (NEW, "rollout"), (SAME_IMAGE, "serve")]
CALLS += [(SAME_IMAGE, "promote")]
NO_VERDICT = [
    KeyboardInterrupt(),
    ToolError("wrangler deploy: no end after 180 s"),
    WranglerError("wrangler deploy failed: socket hang up", "", passing=True),
]
VERDICT = [
    ApiError("POST deployments", 400, []),
    WranglerError("wrangler deploy failed: [code: 10021]", "", passing=False),
]


@pytest.mark.parametrize(("candidate", "call"), CALLS)
@pytest.mark.parametrize("error", NO_VERDICT, ids=["Ctrl-C", "time-out", "cut"])
def test_what_is_carried_out_after_it_was_cut_off_is_taken_back_too(
    candidate: object, call: str, error: BaseException
) -> None:
    cloud = MadeUp(cut={call: error})
    with pytest.raises((KeyboardInterrupt, ReleaseError)):
        release_of(cloud).run(candidate)  # type: ignore[arg-type]
    assert not cloud.late
    assert (cloud.served, phase_of(cloud)) == (BEFORE, Phase.IDLE)


@pytest.mark.parametrize(("candidate", "call"), CALLS)
def test_so_is_that_of_a_release_which_was_killed_just_now(candidate: object, call: str) -> None:
    cloud = MadeUp(cut={call: KilledError()})
    with pytest.raises(KilledError):
        release_of(cloud).run(candidate)  # type: ignore[arg-type]
    release_of(cloud, "next").finish()
    assert not cloud.late
    assert (cloud.served, phase_of(cloud)) == (BEFORE, Phase.IDLE)


def test_the_record_is_kept_while_it_is_waited_for() -> None:
    cloud = MadeUp(cut={"put": KeyboardInterrupt()})
    phases = set()
    look = cloud.live

    def live() -> object:
        phases.add(phase_of(cloud))
        return look()

    cloud.live = live  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        release_of(cloud).run(NEW)
    assert phases == {Phase.HELD, Phase.SWITCHING, Phase.RETURNING}


@pytest.mark.parametrize("error", VERDICT, ids=["Cloudflare", "wrangler"])
def test_what_was_refused_is_not_waited_for(error: BaseException) -> None:
    cloud = MadeUp(cut={"put": error})
    with pytest.raises(ReleaseError, match="what served before serves on"):
        release_of(cloud).run(NEW)
    assert cloud.late, "it was looked at again and again"


def test_what_somebody_deploys_meanwhile_is_left_alone() -> None:
    cloud = MadeUp(cut={"put": KeyboardInterrupt()})

    def interfere() -> None:
        cloud.uploads["theirs"], cloud.shares = "", (("theirs", 100.0),)

    cloud.late.append((7, interfere))
    with pytest.raises(ReleaseError, match="somebody else has deployed theirs"):
        release_of(cloud).run(NEW)
    assert cloud.shares == (("theirs", 100.0),)


def test_a_container_that_nothing_led_to_before_does_not_keep_it_from_ending() -> None:
    cloud = MadeUp(configured="", running="", cut={"rollout": KeyboardInterrupt()})
    with contextlib.suppress(KeyboardInterrupt):
        release_of(cloud).run(NEW)
    assert (cloud.shares, phase_of(cloud)) == (BEFORE[0], Phase.IDLE)
