"""A release that is killed after any of its calls, with the real wrangler, and what finishes it.

It takes hours in full; LOA_KILLED_AT=15,40 names the calls to try. That nothing else is possible is
shown on a Cloudflare in memory, at every moment there is, by test_release.py.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.fixtures.releases import Releases, releases
from harness.project import Project

REPOSITORY = Path(__file__).resolve().parents[2]
SOON = 120.0

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.xdist_group("pipeline")]


@pytest.fixture(scope="module")
def made() -> Iterator[Releases]:
    with releases(Project(REPOSITORY)) as found:
        assert found.deploy(found.image(name="first")).ok
        yield found


def image_of(made: Releases, name: str, *, code_alone: bool) -> str:
    """Return what to release: an image of its own, or the one that serves."""
    if not code_alone:
        return made.image(name=name)
    return f"made-up/{name}@{made.served('production').running.rpartition('@')[2]}"


def calls_of_a_release(made: Releases, *, code_alone: bool) -> list[int]:
    named = os.environ.get("LOA_KILLED_AT")
    if named:
        return [int(word) for word in named.split(",")]
    before = len(made.account.cloud.calls)
    assert made.deploy(image_of(made, "counted", code_alone=code_alone)).ok
    return list(range(1, len(made.account.cloud.calls) - before + 1))


@pytest.mark.parametrize("code_alone", [False, True], ids=["image", "code"])
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_after_any_call_it_is_finished_soon(
    made: Releases, by: signal.Signals, *, code_alone: bool
) -> None:
    cloud = made.account.cloud
    for nth in calls_of_a_release(made, code_alone=code_alone):
        before = made.served("production")
        image = image_of(made, f"{by.name}-{nth}", code_alone=code_alone)
        status = made.killed(image, "*", nth=nth, by=by)
        cloud.faults.clear()
        began = time.monotonic()
        done = made.run("recover")
        assert done.ok, f"{by.name} after call {nth}: {done.stderr}"
        assert time.monotonic() - began < SOON
        now = made.served("production")
        assert now.is_whole, f"{by.name} after call {nth}"
        assert made.served("staging").is_whole, f"{by.name} after call {nth}"
        assert now == before or status == 0, f"{by.name} after call {nth}"
