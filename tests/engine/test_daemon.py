"""The harness's own engine: it runs, survives being killed, and leaves nothing behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from harness.engine import daemon, kernel, machine, packages, remains
from harness.engine.daemon import Daemon
from harness.engine.discover import find
from harness.engine.firewall import Firewall, Nft
from harness.engine.model import Engine
from harness.errors import EngineError
from harness.fixtures.engine import engine
from harness.poll import until
from tests.engine.namespaces import own_namespaces, processes, state, switches
from tests.engine.web import IMAGE, answer, import_image, run_web

pytestmark = [
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0,
        reason="starts an engine, which only root on Linux can",
    ),
    pytest.mark.xdist_group("own-engine"),
]


def test_a_test_with_namespaces_of_its_own_leaves_the_next_one_where_it_was() -> None:
    before = Path.cwd()
    with own_namespaces():
        pass
    assert Path.cwd() == before


@pytest.fixture
def nft(own: Daemon) -> Nft:
    assert own.process() is None
    return daemon.nft(packages.unpacked(machine.engine_packages()))


def started() -> Engine:
    with engine() as found:
        assert found.own
        return found


def harness(*words: str) -> list[str]:
    return [sys.executable, "-c", "from harness.cli import main; main()", *words]


def test_a_container_answers_on_its_port_and_down_leaves_nothing(
    own: Daemon, nft: Nft, home: Path
) -> None:
    before, before_switches = state(nft, own), switches()

    running = started()
    import_image(running, home)
    run_web(running, 18080)
    fetched = until(lambda: answer("http://127.0.0.1:18080/"), seconds=120, what="the page")
    during = state(nft, own)
    own.stop()

    assert fetched == "hello"
    assert during != before
    assert "'policy': 'drop'" in str(during["firewall"])
    assert state(nft, own) == before
    after = switches()
    changed = {
        key: after.get(key) for key in before_switches if after.get(key) != before_switches[key]
    }
    assert changed == {}
    assert processes() == []


def test_what_was_kept_is_there_again(own: Daemon, home: Path) -> None:
    running = started()
    import_image(running, home)
    running.client.containers.run(
        IMAGE, ["sh", "-c", "echo 1 > /kept/it"], volumes={"kept": {"bind": "/kept"}}, remove=True
    )
    own.stop()

    again = started()

    said = again.client.containers.run(
        IMAGE, ["busybox", "cat", "/kept/it"], volumes={"kept": {"bind": "/kept"}}, remove=True
    )
    assert said == b"1\n"


def test_a_killed_engine_is_cleaned_up_after(own: Daemon, nft: Nft, home: Path) -> None:
    before, before_switches = state(nft, own), switches()
    running = started()
    import_image(running, home)
    run_web(running, 18081)
    dockerd = own.process()
    assert dockerd
    dockerd.kill()
    dockerd.wait(10)
    assert "httpd" in processes() or "docker-init" in processes()

    again = started()

    assert again.client.containers.get("harness-test-web").status == "exited"
    assert len([it for it in psutil.process_iter() if remains.is_dockerd(it) and in_here(it)]) == 1
    own.stop()
    assert state(nft, own) == before
    after = switches()
    assert {key: after.get(key) for key in before_switches} == before_switches


def in_here(it: psutil.Process) -> bool:
    with suppress(OSError):
        there = Path(f"/proc/{it.pid}/ns/net").readlink()
        return there == Path("/proc/self/ns/net").readlink()
    return False


KILLED = """
import os, signal, sys
from pathlib import Path
from harness.engine import clients, daemon, kernel
from harness.engine.daemon import Daemon
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
moment = sys.argv[1]
if moment == "before the bridge":
    kernel.add_bridge = die
elif moment == "before dockerd":
    daemon.process.detach = die
else:
    daemon.ask = die
Daemon.own().start()
"""


@pytest.mark.parametrize("moment", ["before the bridge", "before dockerd", "before it answers"])
def test_a_killed_start_is_made_good(own: Daemon, nft: Nft, moment: str) -> None:
    before = state(nft, own)
    killed = subprocess.run([sys.executable, "-c", KILLED, moment], check=False)
    assert killed.returncode == -signal.SIGKILL

    assert started().client.ping()

    own.stop()
    assert state(nft, own) == before


def test_down_after_a_killed_start_leaves_nothing(own: Daemon, nft: Nft) -> None:
    before = state(nft, own)
    killed = subprocess.run([sys.executable, "-c", KILLED, "before it answers"], check=False)
    assert killed.returncode == -signal.SIGKILL

    own.stop()

    assert state(nft, own) == before


def test_two_at_once_start_one(own: Daemon) -> None:
    words = harness("engine", "up", "--json")
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, env=with_client()) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]

    assert [json.loads(text)["host"] for text in said] == [own.host] * 2
    assert [it.pid for it in psutil.process_iter() if remains.is_dockerd(it) and in_here(it)] == [
        pid(own)
    ]


def pid(own: Daemon) -> int:
    running = own.process()
    assert running
    return running.pid


def with_client() -> dict[str, str]:
    """An environment in which the docker program has its plugins, so that none is downloaded."""
    place = Path(os.environ["HOME"])
    for name in (
        "docker",
        ".docker/cli-plugins/docker-compose",
        ".docker/cli-plugins/docker-buildx",
    ):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('#!/bin/sh\necho \'{"Version": "v9.9"}\'\n')
        path.chmod(0o755)
    return {**os.environ, "PATH": f"{place}:{os.environ['PATH']}"}


def test_it_outlives_its_command_and_holds_nothing_of_it(own: Daemon, tmp_path: Path) -> None:
    # The pipes end when the command does, or this would not return.
    env = {**with_client(), "SOME_TOKEN": "s3cret", "HTTPS_PROXY": "http://proxy.invalid"}
    done = subprocess.run(
        harness("engine", "up"),
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    assert "starting the harness's own" in done.stderr
    running = own.process()
    assert running
    assert os.getsid(running.pid) != os.getsid(0)
    assert running.cwd() == "/"
    place = Path(f"/proc/{running.pid}/fd")
    assert [str((place / number).readlink()) for number in "012"] == [
        "/dev/null",
        str(own.log),
        str(own.log),
    ]
    assert "SOME_TOKEN" not in running.environ()
    assert running.environ()["HTTPS_PROXY"] == "http://proxy.invalid"


def test_stale_files_of_an_earlier_boot_do_no_harm(own: Daemon) -> None:
    own.run.mkdir()
    (own.run / "docker.pid").write_text(str(os.getpid()))
    (own.run / "docker.sock").touch()
    (own.run / "exec/containerd").mkdir(parents=True)
    (own.run / "exec/containerd/containerd.pid").write_text(str(os.getpid()))
    (own.run / "kernel.json").write_text('{"moment": "another boot"}')

    assert started().client.ping()


def test_purge_removes_all_of_it(
    own: Daemon, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(home / "engine/packages", tmp_path / "cache/engine/packages", symlinks=True)
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path / "cache"))
    assert Daemon.own() != own
    started()

    Daemon.own().stop(purge=True)

    left = [it for it in (tmp_path / "cache/engine").rglob("*") if it.is_file()]
    assert left == []
    assert Daemon.own().stop(purge=True) == []


def test_another_engine_is_never_disturbed(own: Daemon, tmp_path: Path) -> None:
    program = tmp_path / "dockerd"
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "60"]) as other:
        try:
            with pytest.raises(EngineError, match=f"pid {other.pid}"):
                own.start()
        finally:
            other.kill()
    assert not own.run.exists()


def test_a_client_that_is_at_work_is_left_alone(own: Daemon) -> None:
    program = packages.place() / "docker-cli-1/usr/bin/docker"
    program.parent.mkdir(parents=True)
    shutil.copy("/bin/sleep", program)
    own.run.mkdir()
    with subprocess.Popen([program, "60"]) as client:
        try:
            assert own.stop() == ["put the network back"]
            assert client.poll() is None
        finally:
            client.kill()
    shutil.rmtree(packages.place() / "docker-cli-1")


def test_the_rules_of_others_stay(own: Daemon, nft: Nft) -> None:
    nft.do("add", "table", "ip", "filter")
    nft.do(
        "add chain ip filter FORWARD { type filter hook forward priority filter ; policy accept ; }"
    )
    nft.do("add rule ip filter FORWARD ip saddr 192.0.2.1 drop")
    before = state(nft, own)
    started()
    nft.do("add", "table", "inet", "mine")
    nft.do("add rule ip filter FORWARD ip saddr 192.0.2.2 drop")

    own.stop()

    after = str(state(nft, own)["firewall"])
    assert "192.0.2.1" in after
    assert "192.0.2.2" in after
    assert "mine" in after
    nft.do("delete", "table", "inet", "mine")
    handles = [it["rule"]["handle"] for it in nft.ruleset() if "192.0.2.2" in str(it)]
    nft.do("delete", "rule", "ip", "filter", "FORWARD", "handle", str(handles[0]))
    assert state(nft, own) == before


def test_what_was_closed_meanwhile_stays_closed(own: Daemon, nft: Nft) -> None:
    nft.do("add table inet theirs")
    nft.do(
        "add chain inet theirs input { type filter hook input priority filter ; policy accept ; }"
    )
    started()
    nft.do("chain inet theirs input { policy drop ; }")
    # A table that may be ours to remove, as iptables makes it.
    nft.do("add table ip raw")
    nft.do("add chain ip raw OUTPUT { type filter hook output priority raw ; policy drop ; }")

    own.stop()

    policies = Firewall.look(nft).chains
    assert policies["inet theirs input"] == "drop"
    assert policies["ip raw OUTPUT"] == "drop"


def test_beside_a_newer_engine_the_shared_rules_stay(
    own: Daemon, nft: Nft, monkeypatch: pytest.MonkeyPatch
) -> None:
    started()
    monkeypatch.setattr(remains, "rivals", lambda _: [psutil.Process()])

    own.stop()

    assert kernel.BRIDGE not in psutil.net_if_addrs()
    assert "DOCKER" in str(nft.ruleset())
    assert Path("/proc/sys/net/ipv4/ip_forward").read_text() == "1\n"


def test_why_it_does_not_start_is_said(
    own: Daemon, nft: Nft, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(nft, own)
    monkeypatch.setattr(kernel, "BRIDGE", "nonesuch")
    monkeypatch.setattr(kernel, "add_bridge", lambda _: None)

    with pytest.raises(EngineError, match="nonesuch"):
        own.start()
    assert find() is None
    assert state(nft, own) == before


def test_a_long_log_is_cut_while_the_engine_goes_on(
    own: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = started()
    with own.log.open("ab") as file:
        file.write(b"x" * 2000)
    monkeypatch.setattr(daemon, "_LOG_BYTES", 1000)

    own.bound_log()

    assert own.log.stat().st_size < 1000
    assert running.client.ping()


def test_a_second_start_takes_no_time(own: Daemon) -> None:
    started()
    before = time.perf_counter()

    started()

    assert time.perf_counter() - before < 5
    assert own.process()
