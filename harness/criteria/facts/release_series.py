"""A series of rehearsed releases under faults that pass, each drawn from a seed."""

import os
import time
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import takewhile
from threading import Event

from harness.cloudflare.rehearsal import Applied, Reset, Stall, Status
from harness.criteria.facts.model import Facts
from harness.criteria.faults import UnobservableError
from harness.fixtures.releases import Releases, releases
from harness.project import Project

__all__ = ["LENGTH", "WANTED", "ReleaseSeriesFacts", "SeriesRun", "length", "observe", "series"]

WANTED = 100
"""How many releases the criterion asks for; they take half an hour or more."""

LENGTH = "LOA_RELEASES"
"""The variable that asks for fewer."""

_SEED = 7
_SHARE = 0.03
_PASSING = (
    Status(429, retry_after=1),
    Status(500),
    Status(503),
    Status(504),
    Stall(3.0),
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

    stand_ins = ("Cloudflare",)

    seed: int
    share: float
    runs: tuple[SeriesRun, ...]


def length() -> int:
    """Return how many releases the series is to have: as the environment says, or all of them.

    Raises:
        UnobservableError: The environment says something else than a number.
    """
    named = os.environ.get(LENGTH) or str(WANTED)
    if not named.isdecimal():
        raise UnobservableError(f"{LENGTH}={named} is no number of releases")
    return int(named)


def observe(project: Project, count: int) -> ReleaseSeriesFacts:
    """Release again and again, an image that is new and then code alone in turn.

    As many at once as there are processors, each in an account of its own: a release mostly waits.

    Args:
        project: The checkout.
        count: How many releases.
    """
    strands = max(1, min(os.cpu_count() or 1, count // 2))
    shares = [range(it * count // strands, (it + 1) * count // strands) for it in range(strands)]
    ended = Event()
    with ThreadPoolExecutor(strands) as pool:
        try:
            found = [*pool.map(lambda share: _strand(project, share, ended), shares)]
        finally:
            ended.set()
    runs = tuple(run for share in found for run in share)
    return ReleaseSeriesFacts(seed=_SEED, share=_SHARE, runs=runs)


def _strand(project: Project, numbers: Iterable[int], ended: Event) -> list[SeriesRun]:
    """Make these releases, or fewer if the whole series has failed or been broken off."""
    try:
        with closing(series(project, numbers)) as runs:
            return [*takewhile(lambda _: not ended.is_set(), runs)]
    except BaseException:
        ended.set()
        raise


def series(project: Project, numbers: Iterable[int]) -> Generator[SeriesRun, None, None]:
    """Make the releases with these numbers, and yield each when it has ended.

    Raises:
        RuntimeError: The one before the first, which no fault hits, failed.
    """
    with releases(project) as made:
        image = made.image(name="first")
        first = made.deploy(image)
        if not first.ok:
            raise RuntimeError(f"the first release failed: {first.stderr}")
        for number in numbers:
            # Every second release is of the Worker alone.
            image = made.image(name=str(number)) if number % 2 == 0 else image
            yield _release(made, image, number)


def _release(made: Releases, image: str, number: int) -> SeriesRun:
    cloud = made.account.cloud
    cloud.state.switches.starts_in = float(number % 3) / 2
    scattered = cloud.faults.scatter(_SEED + number, _SHARE, _PASSING)
    began = time.monotonic()
    done = made.run("deploy", "--image", image, "--require", "P1", "--deadline", "60")
    cloud.faults.clear()
    return SeriesRun(
        status=done.status,
        seconds=time.monotonic() - began,
        faults=scattered.spent,
        whole=all(made.served(it).is_whole for it in ("staging", "production")),
        said="" if done.ok else (done.stderr.splitlines() or [""])[-1],
    )
