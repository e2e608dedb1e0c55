"""Over to the new release or back to the one before, whatever fails and whenever it is killed."""

import contextlib
from itertools import count

import pytest

from harness.cloudflare.record import Phase, Record
from harness.cloudflare.serving import Candidate, Serving
from harness.cloudflare.way_back import Ending
from harness.errors import ConfigError, InconclusiveError, ReleaseError
from tests.cloudflare.made_up import (
    NEW,
    OLD,
    SAME_IMAGE,
    KilledError,
    MadeUp,
    phase_of,
    release_of,
)

BEFORE = MadeUp().served
AFTER = ((("v2", 100.0),), NEW.image, NEW.image)
PROMOTED = ((("v2", 100.0),), OLD.image, OLD.image)


def run(cloud: MadeUp, candidate: Candidate = NEW) -> Serving:
    return release_of(cloud).run(candidate)


def test_a_new_image_is_switched_at_once() -> None:
    cloud = MadeUp()
    assert run(cloud).version == "v2"
    assert (cloud.served, phase_of(cloud)) == (AFTER, Phase.IDLE)
    assert cloud.done == ["put", "patch", "rollout"]


def test_code_alone_is_asked_at_0_percent_before_anybody_sees_it() -> None:
    cloud = MadeUp()
    run(cloud, SAME_IMAGE)
    assert cloud.served == PROMOTED
    assert cloud.done == ["upload", "serve", "promote"]


def test_bad_code_is_never_promoted() -> None:
    cloud = MadeUp(ill={"v2"})
    with pytest.raises(ReleaseError, match=r"dead container; .* again, and is well"):
        run(cloud, SAME_IMAGE)
    assert "promote" not in cloud.done
    assert cloud.served == BEFORE


def test_an_ill_release_goes_back_to_worker_and_image() -> None:
    cloud = MadeUp(ill={NEW.image})
    with pytest.raises(ReleaseError, match="is not well: dead container; what served before"):
        run(cloud)
    assert cloud.served == BEFORE


def test_a_rollout_that_is_said_to_be_complete_while_the_old_image_serves() -> None:
    cloud = MadeUp(lies=True)
    with pytest.raises(ReleaseError, match="old image"):
        run(cloud)
    assert cloud.served == BEFORE


@pytest.mark.parametrize("again", [False, True], ids=["new", "older"])
def test_of_one_whose_end_cannot_be_written_it_is_said_that_it_serves(
    monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    cloud, write = MadeUp(), MadeUp.write
    if again:
        run(cloud)

    def fail(shelf: MadeUp, environment: str, record: Record, replaces: str) -> str:
        if record.phase is Phase.IDLE:
            raise ReleaseError("the bucket cannot be used")
        return write(shelf, environment, record, replaces)

    monkeypatch.setattr(MadeUp, "write", fail)
    with pytest.raises(ReleaseError) as told:
        release_of(cloud).run_again(OLD) if again else run(cloud)
    version = OLD.version if again else "v2"
    assert f"{version} serves and is well, but its record could not be written: the" in str(
        told.value
    )
    assert "`harness recover --accept` keeps it, `harness recover` takes it back" in str(told.value)
    assert cloud.shares == ((version, 100.0),)


@pytest.mark.parametrize("call", ["put", "patch", "rollout"])
def test_what_failed_after_it_went_live_is_taken_back(call: str) -> None:
    cloud = MadeUp(fails={call: True})
    with pytest.raises(ReleaseError):
        run(cloud)
    if call in {"patch", "rollout"}:
        # The way back needs the same call, which fails too: the record waits for the next try.
        assert phase_of(cloud) is not Phase.IDLE
    cloud.fails.clear()
    release_of(cloud, "next").finish()
    assert (cloud.served, phase_of(cloud)) == (BEFORE, Phase.IDLE)


def test_what_nobody_has_thought_of_is_taken_back_and_told_as_it_is() -> None:
    cloud = MadeUp()

    def surprise(what: str) -> None:
        if what == "rollout" and "serve" not in cloud.done:
            raise ZeroDivisionError

    cloud.during = surprise
    with pytest.raises(ZeroDivisionError):
        run(cloud)
    assert (cloud.served, phase_of(cloud)) == (BEFORE, Phase.IDLE)


def test_what_failed_before_it_went_live_is_not_rolled_back() -> None:
    cloud = MadeUp(fails={"put": False})
    with pytest.raises(ReleaseError, match="what served before serves on"):
        run(cloud)
    assert cloud.done == []
    assert cloud.served == BEFORE


def test_a_release_that_cannot_be_asked_is_not_taken_back() -> None:
    cloud = MadeUp(silent=True)
    with pytest.raises(InconclusiveError, match="was not taken back"):
        run(cloud)
    assert (cloud.served, phase_of(cloud)) == (AFTER, Phase.UNSURE)
    with pytest.raises(InconclusiveError):
        release_of(cloud, "next").finish()
    assert cloud.served == AFTER


def test_one_that_cannot_be_asked_at_0_percent_is_taken_back_for_nobody_sees_it() -> None:
    cloud = MadeUp(silent=True)
    with pytest.raises(ReleaseError, match="could not be asked at 0 %: unreachable") as raised:
        run(cloud, SAME_IMAGE)
    assert not isinstance(raised.value, InconclusiveError)
    assert (cloud.served, phase_of(cloud)) == (BEFORE, Phase.IDLE)


def test_it_is_kept_once_it_can_be_asked_and_is_well() -> None:
    cloud = MadeUp(silent=True)
    with pytest.raises(InconclusiveError):
        run(cloud)
    cloud.silent = False
    ending = release_of(cloud, "next").finish()
    assert ending == Ending("the release that could not be asked is well", is_new=True)
    assert (cloud.served, phase_of(cloud)) == (AFTER, Phase.IDLE)
    assert cloud.records["production"][0].past[0].release == NEW.release


def test_it_is_taken_back_once_it_can_be_asked_and_is_ill() -> None:
    cloud = MadeUp(silent=True)
    with pytest.raises(InconclusiveError):
        run(cloud)
    cloud.silent, cloud.ill = False, {NEW.image}
    release_of(cloud, "next").finish()
    assert (cloud.served, phase_of(cloud)) == (BEFORE, Phase.IDLE)


def test_the_first_release_has_nothing_to_go_back_to() -> None:
    cloud = MadeUp(shares=(), configured="", running="", uploads={}, ill={NEW.image})
    with pytest.raises(ReleaseError, match="nothing served before"):
        run(cloud)
    assert phase_of(cloud) is Phase.IDLE


def test_nothing_leads_back_behind_a_migration() -> None:
    cloud = MadeUp(ill={NEW.image})
    with pytest.raises(ReleaseError, match="behind a Durable Object migration"):
        release_of(cloud).run(NEW, migrates=True)
    assert (cloud.served, phase_of(cloud)) == (AFTER, Phase.IDLE)


def test_a_migration_that_was_killed_leaves_no_new_worker_with_the_old_image() -> None:
    cloud = MadeUp()
    release_of(cloud).run(NEW, migrates=True)
    for moment in range(1, cloud.moments + 1):
        cloud = MadeUp(bomb=moment)
        with pytest.raises(KilledError):
            release_of(cloud).run(NEW, migrates=True)
        ending = release_of(cloud, "next").finish()
        assert cloud.served in {BEFORE, AFTER}, f"mixed: killed at {moment}"
        assert cloud.served == AFTER or not ending.is_new
        assert cloud.served == BEFORE or ending.is_new or not ending.said
        assert phase_of(cloud) is Phase.IDLE


def test_what_served_before_is_given_the_time_that_recover_names() -> None:
    cloud = MadeUp(bomb=8)
    with pytest.raises(KilledError):
        run(cloud)
    ending = release_of(cloud, "next").finish(7)
    assert ending == Ending("what served before serves again, and is well", is_new=False)
    assert cloud.patience == [7]


def test_what_somebody_else_deployed_meanwhile_is_left_alone() -> None:
    cloud = MadeUp(ill={NEW.image})

    def interfere(what: str) -> None:
        if what == "rollout":
            cloud.uploads["theirs"], cloud.shares = "", (("theirs", 100.0),)

    cloud.during = interfere
    with pytest.raises(ReleaseError, match="somebody else has deployed theirs"):
        run(cloud)
    assert cloud.shares == (("theirs", 100.0),)


def test_that_nobody_could_ask_does_not_hide_that_the_way_back_was_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConfigError("the URL cannot be read")

    cloud = MadeUp()
    monkeypatch.setattr(cloud, "ask", refuse)
    with pytest.raises(ReleaseError, match="is back, but it could not be asked: the URL cannot"):
        run(cloud)
    assert (cloud.served, phase_of(cloud)) == (BEFORE, Phase.IDLE)


def at_the_rollout(cloud: MadeUp, deployed: str, base: str) -> MadeUp:
    """Have a version be deployed by somebody else, once, when a release's image is rolled out."""

    def interfere(what: str) -> None:
        if what == "rollout" and deployed not in cloud.bases:
            cloud.bases[deployed], cloud.shares = base, ((deployed, 100.0),)

    cloud.during = interfere
    return cloud


@pytest.mark.parametrize("base", ["v1", "v2"])
def test_a_secret_that_was_set_meanwhile_does_not_stop_the_way_back(base: str) -> None:
    cloud = at_the_rollout(MadeUp(ill={NEW.image}), "v3", base)
    with pytest.raises(ReleaseError):
        run(cloud)
    assert cloud.served == BEFORE


def test_one_that_was_set_on_what_somebody_else_deployed_is_left_alone() -> None:
    cloud = at_the_rollout(MadeUp(ill={NEW.image}), "v3", "theirs")
    with pytest.raises(ReleaseError, match="somebody else has deployed v3"):
        run(cloud)
    assert cloud.shares == (("v3", 100.0),)


def test_what_somebody_else_deployed_over_a_rollback_is_left_alone() -> None:
    """Neither it nor a rollback has a release's name, and that does not make them the same."""
    cloud = MadeUp()
    run(cloud)
    cloud.uploads["theirs"] = ""
    at_the_rollout(cloud, "theirs", "theirs").ill = {OLD.image}
    with pytest.raises(ReleaseError, match="somebody else has deployed theirs"):
        release_of(cloud, "next").run_again(OLD)
    assert cloud.shares == (("theirs", 100.0),)


def test_a_secret_that_has_its_old_value_again_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cloud = MadeUp(ill={NEW.image}, secrets=["ANTHROPIC_API_KEY"])
    with pytest.raises(ReleaseError, match="serves again, and is well"):
        run(cloud)
    said = " ".join(capsys.readouterr().err.split())
    assert "old values again: ANTHROPIC_API_KEY; set them anew" in said


def _moments(candidate: Candidate, **how: object) -> int:
    """Return how many moments a release has in which it can be killed."""
    cloud = MadeUp(**how)  # type: ignore[arg-type]
    with contextlib.suppress(ReleaseError):
        run(cloud, candidate)
    return cloud.moments


@pytest.mark.parametrize("candidate", [NEW, SAME_IMAGE], ids=["image", "code"])
@pytest.mark.parametrize("ill", [set(), {"v2"}], ids=["well", "ill"])
def test_killed_at_any_moment_and_again_on_the_way_back(
    candidate: Candidate, ill: set[str]
) -> None:
    whole = {BEFORE, AFTER if candidate is NEW else PROMOTED}
    for first in range(1, _moments(candidate, ill=ill) + 1):
        for second in count(1):
            cloud = MadeUp(ill=set(ill), bomb=first)
            with pytest.raises(KilledError):
                run(cloud, candidate)
            cloud.bomb = cloud.moments + second
            try:
                release_of(cloud, "second").finish()
                survived = True
            except KilledError:
                survived = False
                cloud.bomb = -1
                release_of(cloud, "third").finish()
            assert cloud.served in whole, f"mixed: killed at {first}, then {second}"
            if ill:
                assert cloud.served == BEFORE, f"ill: killed at {first}, then {second}"
            assert phase_of(cloud) is Phase.IDLE
            if survived:
                break
