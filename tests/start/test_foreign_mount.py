"""File events that do not cross the mount: the reloader looks by itself, until it sees one."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from harness.engine.model import Engine
from harness.poll import until
from harness.project import Project
from tests.fuse import seen_through_fuse
from tests.start.conftest import layer_copy
from tests.start.container import DEVELOPMENT, MARKER, Options, Running, running

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.xdist_group("start"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount"),
]

HEALTH = 3000


class Foreign:
    """A container that sees the layer through FUSE.

    Attributes:
        run: The container; its layer is the one that it sees.
        behind: The layer on the other side of the mount.
    """

    def __init__(self, run: Running, behind: Path, bindfs: psutil.Process) -> None:
        self.run = run
        self.behind = behind
        self._bindfs = bindfs

    @property
    def watch(self) -> dict[str, Any]:
        return dict(self.run.health()["watch"])

    def save(self, text: str) -> None:
        (self.behind / MARKER).write_text(f'export const marker = "{text}";\n', encoding="utf-8")

    def saw(self, sentinel: str) -> bool:
        return bool(ask(self.run, f"/sentinel/{sentinel}").json()["seen"])

    def looks(self, seconds: float) -> int:
        """Count what the container asks of the file system meanwhile."""
        before, end = self._asked(), time.monotonic() + seconds
        until(lambda: time.monotonic() > end, seconds=2 * seconds, what="time passes")
        return self._asked() - before

    def _asked(self) -> int:
        # It reads each request by a call of its own.
        return int(self._bindfs.io_counters().read_count)


def ask(run: Running, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{run.port(HEALTH)}{path}", timeout=5)


@contextmanager
def foreign_container(docker: Engine, image: str) -> Iterator[Foreign]:
    with layer_copy() as project:
        view = Project(project.root.parent / "view")
        with (
            seen_through_fuse(project.root, view.root) as bindfs,
            running(docker, image, view, [DEVELOPMENT], Options()) as run,
        ):
            run.wait()
            yield Foreign(run, project.layer, psutil.Process(bindfs.pid))


@pytest.fixture
def foreign(docker: Engine, image: str) -> Iterator[Foreign]:
    with foreign_container(docker, image) as found:
        yield found


def test_a_save_is_found_by_looking(foreign: Foreign) -> None:
    assert foreign.watch.items() >= {"events": None, "polls": True}.items()
    foreign.save("second")
    until(lambda: foreign.run.marker() == "second", seconds=120, what="the save serves")
    health = foreign.run.wait(generation=2)
    assert health["cause"] == MARKER
    # FUSE keeps what it knows of a file for a second, and half a second is between two looks.
    assert 0 < health["phases"]["noticedMs"] < 2_500
    assert health["watch"]["events"] is None, "nothing is known of events still"


def test_a_sentinel_that_was_found_by_looking_proves_nothing(foreign: Foreign) -> None:
    (foreign.behind / ".loa-sentinel-behind").touch()
    foreign.save("second")
    foreign.run.wait(generation=2)
    assert not foreign.saw(".loa-sentinel-behind")
    assert foreign.watch.items() >= {"events": None, "polls": True}.items()


def test_once_an_event_came_it_looks_seldom(foreign: Foreign) -> None:
    often = foreign.looks(4)
    (foreign.run.layer / ".loa-sentinel-before").touch()
    until(lambda: foreign.saw(".loa-sentinel-before"), seconds=120, what="the event comes")
    assert foreign.watch.items() >= {"events": True, "polls": False}.items()

    def seldom() -> bool:
        return 0 < 2 * foreign.looks(4) < often

    # What else the machine does moves a look in or out of the four seconds.
    until(seldom, seconds=60, what="it looks every two seconds, and no longer twice a second")


def test_who_is_told_from_outside_knows_that_none_comes(foreign: Foreign) -> None:
    foreign.save("second")
    url = f"http://127.0.0.1:{foreign.run.port(HEALTH)}/changed"
    files = {"files": [f"deploy/loa-identity/{MARKER}"]}
    told = httpx.post(url, json=files, headers={"X-Loa-Reloader": "1"}, timeout=5)
    assert told.status_code == 202
    health = foreign.run.wait(generation=2)
    assert health["watch"].items() >= {"events": False, "polls": True}.items()
    until(lambda: foreign.run.marker() == "second", seconds=120, what="the save serves")


def test_over_a_mount_of_the_same_kernel_events_cross(docker: Engine, image: str) -> None:
    with (
        layer_copy() as project,
        running(docker, image, project, [DEVELOPMENT], Options()) as run,
    ):
        assert run.wait()["watch"].items() >= {"events": None, "polls": False}.items()
        (project.layer / ".loa-sentinel-here").touch()
        seen = lambda: ask(run, "/sentinel/.loa-sentinel-here").json()["seen"]  # noqa: E731 -- one look
        until(seen, seconds=120, what="the event comes")
        assert run.health()["watch"]["events"] is True
