"""`harness rollback` where the release before has not ended: what is taken back, and how far."""

import pytest

from harness.cloudflare import pipeline
from harness.cloudflare.pipeline import Options
from harness.cloudflare.record import Phase
from harness.cloudflare.rollback import rollback as go_back
from harness.cloudflare.serving import Candidate, Serving
from harness.errors import InconclusiveError, ReleaseError
from tests.cloudflare.made_up import KilledError, MadeUp, phase_of, release_of, target

ENDED = "260103T120000-3333333"


def candidate(number: int) -> Candidate:
    digit = str(number)
    return Candidate(
        release=f"26010{digit}T120000-{digit * 7}",
        commit=digit * 40,
        image=f"registry/loa@sha256:{digit}",
        revision=digit,
    )


def whole(number: int) -> object:
    """Return what users get of a release: `v1` was there before the first of them."""
    image = candidate(number).image
    return ((f"v{number + 1}", 100.0),), image, image


@pytest.fixture
def cloud() -> MadeUp:
    """One in which the first release was made, and then the second, which serves."""
    made = MadeUp()
    for number in (1, 2):
        release_of(made).run(candidate(number))
    return made


def unsure(cloud: MadeUp) -> MadeUp:
    """Make a third release, which nobody can ask."""
    cloud.silent = True
    with pytest.raises(InconclusiveError):
        release_of(cloud).run(candidate(3))
    assert (cloud.served, phase_of(cloud)) == (whole(3), Phase.UNSURE)
    return cloud


def rollback(cloud: MadeUp, name: str = "") -> Serving:
    return go_back(target(cloud), Options(("production",), 1), name)


def test_a_release_that_could_not_be_asked_is_taken_back_and_no_other(
    cloud: MadeUp, capsys: pytest.CaptureFixture[str]
) -> None:
    unsure(cloud).silent = False
    assert rollback(cloud).version == "v3"
    assert (cloud.served, phase_of(cloud)) == (whole(2), Phase.IDLE)
    said = " ".join(capsys.readouterr().err.split())
    assert "what served before serves again, and is well; no other release is taken back" in said
    assert rollback(cloud).version == "v2"


def test_it_is_though_nobody_can_be_asked_still(cloud: MadeUp) -> None:
    with pytest.raises(InconclusiveError, match="production: what served before is back, but the"):
        rollback(unsure(cloud))
    assert (cloud.served, phase_of(cloud)) == (whole(2), Phase.IDLE)


def test_what_is_not_well_when_it_is_back_is_no_success(cloud: MadeUp) -> None:
    unsure(cloud).silent, cloud.ill = False, {candidate(2).image}
    with pytest.raises(ReleaseError, match=r"what served before is back, but .* dead container"):
        rollback(cloud)
    assert (cloud.served, phase_of(cloud)) == (whole(2), Phase.IDLE)


def test_a_release_that_is_named_serves_instead_of_one_that_could_not_be_asked(
    cloud: MadeUp,
) -> None:
    unsure(cloud)
    with pytest.raises(ReleaseError, match="there is no release 'x'"):
        rollback(cloud, "x")
    assert (cloud.served, phase_of(cloud)) == (whole(3), Phase.UNSURE)
    assert not cloud.read("production")[0].owner
    cloud.silent = False
    assert rollback(cloud, "260101").version == "v2"
    assert (cloud.served, phase_of(cloud)) == (whole(1), Phase.IDLE)


def test_a_killed_release_is_taken_back_and_no_other(cloud: MadeUp) -> None:
    began = cloud.moments
    release_of(cloud).run(candidate(3))
    moments = cloud.moments - began
    for moment in range(1, moments + 1):
        made = MadeUp()
        for number in (1, 2):
            release_of(made).run(candidate(number))
        made.bomb = made.moments + moment
        with pytest.raises(KilledError):
            release_of(made).run(candidate(3))
        made.bomb = -1
        had_begun = phase_of(made) in {Phase.SWITCHING, Phase.ASKING} or made.served == whole(3)
        found = rollback(made)
        assert made.served == whole(2 if had_begun else 1), f"killed at {moment}"
        assert found.version == made.shares[0][0]


def test_a_killed_rollback_is_tried_again(cloud: MadeUp) -> None:
    cloud.bomb = cloud.moments + 7
    with pytest.raises(KilledError):
        rollback(cloud)
    assert phase_of(cloud) is Phase.SWITCHING
    cloud.bomb = -1
    assert rollback(cloud).version == "v2"
    assert (cloud.served, phase_of(cloud)) == (whole(1), Phase.IDLE)


def test_a_rollback_that_could_not_be_asked_names_the_ways_out(cloud: MadeUp) -> None:
    cloud.silent = True
    for _ in range(2):
        with pytest.raises(InconclusiveError, match="the older release could not be asked") as told:
            rollback(cloud)
        assert "`harness rollback RELEASE` goes to another" in told.value.advice
    assert (cloud.served, phase_of(cloud)) == (whole(1), Phase.UNSURE)


def test_of_the_first_release_there_is_nothing_to_take_back() -> None:
    cloud = MadeUp(shares=(), configured="", running="", uploads={}, silent=True)
    with pytest.raises(InconclusiveError):
        release_of(cloud).run(candidate(1))
    cloud.silent = False
    with pytest.raises(ReleaseError, match="nothing was changed: what was before v1 is not known"):
        rollback(cloud)


def test_a_release_that_waits_is_told_all_ways_out(
    cloud: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_preflight", lambda *_: None)
    options = Options(("production",), 1)
    with pytest.raises(InconclusiveError, match="production: the new release could not") as told:
        pipeline.deploy(target(unsure(cloud)), options, str, lambda _: None)
    for way in ("recover` asks again", "recover --accept` keeps it", "rollback` takes it back"):
        assert way in told.value.advice
