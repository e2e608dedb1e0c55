"""The gateways of the handover: one that dies, who writes, who is connected, and how all ends."""

import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from io import BytesIO
from itertools import count
from typing import Protocol

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection

from harness.engine.model import Engine
from harness.poll import until
from harness.project import Project
from tests.start.conftest import layer_copy
from tests.start.container import MARKER
from tests.start.handover import LAYER, Dev, developing, websocket
from tests.start.records import writers
from tests.start.traffic import Kept, New, asking

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("start")]

GATEWAY = 18789
KILLED = "ended by itself, SIGKILL (killed for memory)"
OOM_COUNTS = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
"""Where the kernel counts whom it killed for memory: control groups version 2, and 1."""


@pytest.fixture(scope="module")
def shared(docker: Engine, image: str) -> Iterator[Dev]:
    """One container for the whole file; each test leaves a layer that loads."""
    with layer_copy() as project, developing(docker, image, project) as dev:
        yield dev


@pytest.fixture
def dev(shared: Dev) -> Dev:
    """The container, quiet."""
    shared.begin()
    return shared


class Develop(Protocol):
    """Start a container of the test's own, with these variables."""

    def __call__(self, *, memory: str = ..., **variables: str) -> Dev:
        """Return it once port 3000 answers."""


@pytest.fixture
def develop(docker: Engine, image: str, workspace: Project) -> Iterator[Develop]:
    """Start containers on the test's copy; they go with the test."""
    with ExitStack() as started:

        def one(*, memory: str = "4g", **variables: str) -> Dev:
            developed = developing(docker, image, workspace, memory=memory, **variables)
            return started.enter_context(developed)

        yield one


def wait_for(dev: Dev, name: str, number: int) -> None:
    """Wait until there were so many events of that name."""
    until(lambda: len(dev.events.named(name)) == number, seconds=120, what=f"{number} times {name}")


def kill(dev: Dev) -> None:
    pid = dev.run.health()["gateway"]["pid"]
    assert dev.run.exec("kill", "-KILL", str(pid)).ok


class TestDeath:
    def test_connections_wait_for_the_next_one(self, dev: Dev) -> None:
        with asking(dev.run.port(GATEWAY), [New()] * 2) as traffic:
            for _ in range(2):
                kill(dev)
                assert dev.events.wait("ended")["status"] == "the gateway ended by itself, SIGKILL"
                live = dev.events.wait("live", cause="the gateway had ended")
                dev.begin()
        assert live["files"] == []
        assert traffic.failures == []
        assert traffic.answers > 50

    def test_again_and_again_it_is_started_ever_later(self, dev: Dev) -> None:
        for number in (1, 2, 3):
            kill(dev)
            wait_for(dev, "ended", number)
            wait_for(dev, "live", number)
        waits = [event["againMs"] for event in dev.events.named("ended")]
        assert waits[0] < waits[1] < waits[2]
        assert f"starting it again in {waits[2] / 1000:g} s" in dev.run.log()

    def test_short_memory_costs_what_is_kept_warm_first_and_is_said(self, develop: Develop) -> None:
        dev = develop(memory="1g")
        dev.begin()
        before = dev.run.health()
        assert dev.memory(before["standby"]["pid"]) == 1000
        assert dev.memory(before["gateway"]["pid"]) == dev.memory(1)
        nibble(dev)
        # A new one is kept warm now and then, and goes first again.
        while f"the gateway {KILLED}" not in dev.run.log():
            nibble(dev)
        kept, served = (
            dev.run.log().index(f"the gateway {it}{KILLED}") for it in ("that was kept warm ", "")
        )
        assert kept < served
        assert dev.events.wait("ended")["status"] == f"the gateway {KILLED}"
        dev.run.wait(generation=2)


def nibble(dev: Dev) -> None:
    """Have the layer take 128 MB more at a time, until a gateway is killed for it, as is said."""
    before, said = killed(dev), dev.run.log().count(KILLED)

    def look() -> bool:
        with suppress(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{dev.run.port(GATEWAY)}/loa/nibble", timeout=5)
        return killed(dev) > before

    until(look, seconds=120, what="memory is short")
    until(lambda: dev.run.log().count(KILLED) > said, seconds=120, what="it is said")


def killed(dev: Dev) -> int:
    """How many processes of the container the kernel has killed for memory."""
    counts = dev.run.exec("grep", "-hs", "^oom_kill ", *OOM_COUNTS).stdout
    return max((int(line.split()[1]) for line in counts.splitlines()), default=0)


class TestState:
    def test_no_acknowledged_record_is_lost_and_there_is_one_writer(self, dev: Dev) -> None:
        numbers = count()

        def path() -> str:
            return f"/loa/append?text=record-{next(numbers)}"

        with asking(dev.run.port(GATEWAY), [New(), Kept()], path, pause=0.02) as traffic:
            for number in range(6):
                dev.mark(f"write {number}")
                dev.serves(f"write {number}")
        assert traffic.failures == []
        assert writers(dev, traffic) >= 7

    def test_websocket_clients_are_told_to_come_again(self, dev: Dev) -> None:
        with websocket(dev.run) as (socket, _):
            dev.mark("1012")
            assert closed(socket) == (1012, "service restart")
        dev.serves("1012")
        with websocket(dev.run) as (socket, _):
            assert socket.close_code is None


def closed(socket: ClientConnection) -> tuple[int | None, str | None]:
    """Read until the gateway closes; return the code and the reason."""
    with suppress(ConnectionClosedError):
        for _ in socket:
            pass
    return socket.close_code, socket.close_reason


class TestOrders:
    def test_a_restart_is_taken_and_loads_the_same_again(self, dev: Dev) -> None:
        pid = dev.run.health()["gateway"]["pid"]
        assert dev.post("/restart").status_code == 202
        assert dev.live()["cause"] == "restart"
        assert [reload.cause for reload in dev.reloads] == ["restart"]
        assert dev.run.health()["gateway"]["pid"] != pid

    def test_a_file_that_is_told_is_looked_at(self, dev: Dev) -> None:
        dev.mark("told")
        assert dev.post("/changed", {"files": [f"{LAYER}/{MARKER}"]}).status_code == 202
        assert dev.live()["cause"] == MARKER
        assert len(dev.reloads) == 1
        assert dev.run.health()["watch"]["events"] is False

    def test_a_sentinel_shows_that_events_cross_the_mount(self, dev: Dev) -> None:
        name = ".loa-sentinel-test"
        (dev.layer / name).write_text("", encoding="utf-8")
        until(lambda: dev.get(f"/sentinel/{name}")["seen"], seconds=120, what="it is seen")
        (dev.layer / name).unlink()
        assert dev.run.health()["watch"]["events"] is True
        assert dev.reloads == []


def test_after_idle_minutes_nothing_is_kept_warm_until_the_next_save(develop: Develop) -> None:
    dev = develop(LOA_IDLE_MINUTES="0.05")
    dev.events.wait("standby", state="paused")
    dev.events.forget()
    assert dev.run.health()["standby"] == {"state": "paused", "pid": None, "residentBytes": None}
    dev.mark("cold")
    assert dev.events.wait("live", cause=MARKER)["cold"] is True
    assert dev.run.marker() == "cold"
    dev.events.wait("standby", state="warming")


class TestEnd:
    def test_while_a_save_loops(self, develop: Develop) -> None:
        dev = develop()
        dev.begin()
        (dev.layer / MARKER).write_text("for (;;);\nexport const marker = 0;\n", encoding="utf-8")
        dev.events.wait("noticed")
        assert_ends_well(dev)

    def test_while_the_next_one_is_warmed(self, develop: Develop) -> None:
        dev = develop()
        dev.events.wait("standby", state="warming")
        assert_ends_well(dev)

    def test_while_the_first_one_starts(self, develop: Develop) -> None:
        assert_ends_well(develop(), served=False)

    def test_while_connections_are_kept(self, develop: Develop) -> None:
        dev = develop()
        dev.begin()
        with httpx.Client() as client, websocket(dev.run) as (socket, _):
            assert client.get(f"http://127.0.0.1:{dev.run.port(GATEWAY)}/loa/marker").is_success
            assert_ends_well(dev, seconds=4)
            assert closed(socket) == (1012, "service restart")


def assert_ends_well(dev: Dev, *, seconds: float = 10, served: bool = True) -> None:
    """It ends in time, with status 0, its log closed, and leaves nothing behind."""
    status, took = dev.run.terminate()
    assert (status, took < seconds) == (0, True), took
    names = {name.split("/")[1] for name in listed(dev, "/tmp") if "/" in name}  # noqa: S108 -- in the container
    assert not [name for name in names if name.startswith(("loa-", "tmp."))]
    if served:
        assert any(name == "stopped" for name in listed(dev, "/data/loa/stopped"))


def listed(dev: Dev, path: str) -> list[str]:
    """What is in a directory of a container that has ended."""
    chunks, _ = dev.run.container.get_archive(path)
    with tarfile.open(fileobj=BytesIO(b"".join(chunks))) as archive:
        return archive.getnames()
