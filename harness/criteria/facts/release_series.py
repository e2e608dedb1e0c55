"""A series of rehearsed releases under faults that pass, each drawn from a seed."""

import time

from harness.cloudflare.rehearsal import Applied, Reset, Status
from harness.criteria.facts.model import Facts
from harness.fixtures.releases import releases
from harness.project import Project

__all__ = ["WANTED", "ReleaseSeriesFacts", "SeriesRun", "observe"]

WANTED = 100
"""How many releases the criterion asks for."""

_SEED = 7
_SHARE = 0.03
_PASSING = (
    Status(429, retry_after=1),
    Status(500),
    Status(503),
    Reset(),
    Applied(Status(500)),
    Applied(Reset()),
)


class SeriesRun(Facts):
    """One release.

    Attributes:
        status: What the command ended with.
        seconds: How long it took.
        faults: How many calls were hit.
        whole: Whether both environments served one release each in the end.
        said: Its last line, where it failed.
    """

    status: int
    seconds: float
    faults: int
    whole: bool
    said: str = ""


class ReleaseSeriesFacts(Facts):
    """The series.

    Attributes:
        seed: Where its faults are drawn from.
        share: How many calls are hit, in parts of one.
    """

    seed: int
    share: float
    runs: tuple[SeriesRun, ...]


def observe(project: Project, count: int) -> ReleaseSeriesFacts:
    """Release again and again, an image that is new and then code alone in turn.

    Args:
        project: The checkout.
        count: How many releases.
    """
    runs = []
    with releases(project) as made:
        image = made.image(name="first")
        made.deploy(image)
        for number in range(count):
            cloud = made.account.cloud
            cloud.state.switches.starts_in = float(number % 3) / 2
            scattered = cloud.faults.scatter(_SEED + number, _SHARE, _PASSING)
            began = time.monotonic()
            # Every second release is of the Worker alone.
            image = made.image(name=str(number)) if number % 2 == 0 else image
            done = made.run("deploy", "--image", image, "--require", "P1", "--deadline", "60")
            cloud.faults.clear()
            runs.append(
                SeriesRun(
                    status=done.status,
                    seconds=time.monotonic() - began,
                    faults=scattered.spent,
                    whole=all(made.served(it).is_whole for it in ("staging", "production")),
                    said="" if done.ok else (done.stderr.splitlines() or [""])[-1],
                )
            )
    return ReleaseSeriesFacts(seed=_SEED, share=_SHARE, runs=tuple(runs))
