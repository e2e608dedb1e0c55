"""What becomes of production when a release fails or is killed, while it is asked all the time."""

import time
from collections.abc import Callable

from harness.cloudflare.rehearsal import Status
from harness.criteria.facts.model import Facts
from harness.criteria.facts.release_traffic import traffic
from harness.fixtures.releases import Releases, releases
from harness.project import Project

__all__ = ["ALWAYS", "FailedReleaseFacts", "FailedRun", "HealthyRun", "observe"]

# What is well takes as long as it needs on a busy machine; what is ill would take all of it.
_PATIENTLY = ("--deadline", "60")

_ILL = "an image that never starts"
_AFTER = "an image that dies in production alone"
_KILLED = "killed once the Worker is live"
_BEFORE = "the upload is refused"
_ROLLOUT = "no rollout begins"
_LIES = "a rollout that lies"

ALWAYS = (_ILL, _KILLED)
"""What is tried each time; the rest takes minutes more."""


class HealthyRun(Facts):
    """A release that is well.

    Attributes:
        status: What the command ended with.
        answers: How many answers users got meanwhile.
        failed: How many requests failed meanwhile.
    """

    status: int
    answers: int
    failed: int


class FailedRun(Facts):
    """A release that is not.

    Attributes:
        fault: What was wrong.
        status: What the command ended with; negative where it was killed.
        said: Its last line.
        seen_before: Whether staging or a stage at 0 % can see the fault.
        answers: How many answers users of production got from the beginning to the end.
        others: How many of them were of another release than the one before.
        window: The seconds over which those came.
        failed: How many requests failed.
        restored: Whether production was in the end exactly what it was.
        recovery: Seconds that `harness recover` took; None where it was not needed.
        reached: Whether the release came so far that the fault could show.
    """

    fault: str
    status: int
    said: str
    seen_before: bool
    answers: int
    others: int
    window: float
    failed: int
    restored: bool
    recovery: float | None = None
    reached: bool = True


class FailedReleaseFacts(Facts):
    """One healthy release, and one for each fault; `LiveReleaseFacts` has the containers to it."""

    stand_ins = ("Cloudflare",)

    healthy: HealthyRun
    runs: tuple[FailedRun, ...]


def observe(project: Project, *, long: bool) -> FailedReleaseFacts:
    """Release a healthy image, and then fail in every way.

    Args:
        project: The checkout.
        long: Whether to try those that take minutes, too.

    Raises:
        RuntimeError: The first one, which is well, failed: there is nothing to go back to.
    """
    with releases(project) as made:
        first = made.deploy(made.image(name="first"), *_PATIENTLY)
        if not first.ok:
            raise RuntimeError(f"the first release failed: {first.stderr}")
        healthy = _healthy(made)
        faults = {it: spoil for it, spoil in _FAULTS.items() if long or it in ALWAYS}
        runs = [_failed(made, fault, spoil) for fault, spoil in faults.items()]
    return FailedReleaseFacts(healthy=healthy, runs=tuple(runs))


def _healthy(made: Releases) -> HealthyRun:
    with traffic(made.account.cloud.url("loa-production")) as seen:
        done = made.deploy(made.image(name="second"), *_PATIENTLY)
    return HealthyRun(status=done.status, answers=len(seen.answers), failed=seen.failed)


Spoil = Callable[[Releases], str]
"""Prepares a fault, and returns the image to release."""


def _ill(made: Releases) -> str:
    return made.image(name="ill", starts=False)


def _after(made: Releases) -> str:
    image = made.image(name="after")
    made.dies_in_production(image)
    return image


def _before(made: Releases) -> str:
    made.account.cloud.faults.inject("PUT */scripts/loa-production", Status(400), times=None)
    return made.image(name="before")


def _rollout(made: Releases) -> str:
    # The second one is production's; the way back finds the fault gone.
    made.account.cloud.faults.inject("POST */rollouts", Status(400), nth=2)
    return made.image(name="rollout")


def _lies(made: Releases) -> str:
    made.account.cloud.state.switches.lie = True
    return made.image(name="lies")


def _killed(made: Releases) -> str:
    return made.image(name="killed")


_FAULTS: dict[str, Spoil] = {
    _ILL: _ill,
    _AFTER: _after,
    _KILLED: _killed,
    _BEFORE: _before,
    _ROLLOUT: _rollout,
    _LIES: _lies,
}
_SEEN_BEFORE = {_ILL, _LIES, _BEFORE}


def _failed(made: Releases, fault: str, spoil: Spoil) -> FailedRun:
    cloud = made.account.cloud
    before, image = made.served("production"), spoil(made)
    version, revision = before.versions[0][0], made.revision_of(before)
    recovery = None
    with traffic(cloud.url("loa-production")) as seen:
        if fault == _KILLED:
            status, said = made.killed(image, "PUT */scripts/loa-production"), "killed"
            recovery = _recovered(made)
        else:
            done = made.deploy(image)
            status, said = done.status, (done.stderr.splitlines() or [""])[-1]
        reached = cloud.faults.have_hit
        cloud.faults.clear()
        cloud.state.switches.lie = False
    others, window = seen.others(version, revision)
    return FailedRun(
        fault=fault,
        status=status,
        said=said,
        seen_before=fault in _SEEN_BEFORE,
        answers=len(seen.answers),
        others=others,
        window=window,
        failed=seen.failed,
        restored=before.is_same(made.served("production")),
        recovery=recovery,
        reached=reached,
    )


def _recovered(made: Releases) -> float:
    began = time.monotonic()
    made.run("recover", "--deadline", "30")
    return time.monotonic() - began
