"""Reload by entr: which saves restart the gateway, how often, and what is said of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace as replace_in
from datetime import datetime
from pathlib import Path
from time import monotonic

import pytest

from harness.engine.model import Engine
from harness.poll import until
from tests.start.conftest import Start, layer_copy
from tests.start.container import DEVELOPMENT, ENTR, MARKER, Running, running
from tests.start.saves import NESTED, QUOTES, SCHEDULER, append, replace, writing

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("start")]

SPARE = ("spare-renamed.ts", "spare-deleted.ts", "spare/gone.ts")


@pytest.fixture(scope="module")
def shared(docker: Engine, image: str) -> Iterator[Running]:
    """One container for the whole file; each test leaves a layer that loads."""
    with layer_copy() as project:
        layer = project.root / "deploy/loa-identity"
        for name in SPARE:
            (layer / name).parent.mkdir(exist_ok=True)
            (layer / name).write_text("export {};\n", encoding="utf-8")
        with running(docker, image, project, [DEVELOPMENT], ENTR) as run:
            yield run


@pytest.fixture
def dev(shared: Running) -> Running:
    """The container, healthy."""
    shared.wait()
    return shared


def mark(layer: Path, text: str) -> None:
    (layer / MARKER).write_text(f'export const marker = "{text}";\n', encoding="utf-8")


def make_nested(layer: Path) -> None:
    (layer / NESTED).parent.mkdir(parents=True)
    (layer / NESTED).write_text("export {};\n", encoding="utf-8")


def rename(layer: Path) -> None:
    (layer / SPARE[0]).rename(layer / "z.ts")


def remove_directory(layer: Path) -> None:
    (layer / "spare/gone.ts").unlink()
    (layer / "spare").rmdir()


@pytest.mark.parametrize(
    ("save", "cause"),
    [
        pytest.param(append, SCHEDULER, id="edit"),
        pytest.param(replace, SCHEDULER, id="replace"),
        pytest.param(writing("new.ts", "export {};\n"), "new.ts", id="new"),
        pytest.param(writing("new.ts", "export const a = 1;\n"), "new.ts", id="edit-new"),
        pytest.param(make_nested, NESTED, id="nested"),
        pytest.param(writing(NESTED, "export const a = 1;\n"), NESTED, id="edit-nested"),
        pytest.param(rename, f"{SPARE[0]},z.ts", id="rename"),
        pytest.param(lambda layer: (layer / SPARE[1]).unlink(), SPARE[1], id="delete"),
        pytest.param(remove_directory, SPARE[2], id="remove-directory"),
        pytest.param(writing(QUOTES, "export {};\n"), QUOTES, id="quotes"),
    ],
)
def test_each_kind_of_save_restarts_the_gateway_once_and_is_named(
    dev: Running, save: Callable[[Path], object], cause: str
) -> None:
    before, said = dev.health(), len(dev.reloads())
    saved = datetime.now().astimezone()
    save(dev.layer)
    after = dev.wait(generation=before["generation"] + 1)
    [reload] = dev.reloads()[said:]
    assert reload.cause == cause
    assert reload.generation == after["generation"] == before["generation"] + 1
    assert 0 <= (reload.at - saved).total_seconds() < 30
    assert reload.at.utcoffset() is not None
    assert after["cause"] == cause.replace('"', "_")
    assert after["gateway"]["pid"] != before["gateway"]["pid"]
    assert not dev.exec("test", "-d", f"/proc/{before['gateway']['pid']}").ok


def test_what_the_gateway_does_not_load_restarts_nothing(dev: Running) -> None:
    layer, before = dev.layer, len(dev.reloads())
    for name in ("notes.md", "x.test.ts", "test/x.ts", "node_modules/x/index.ts", ".x.swp"):
        (layer / name).parent.mkdir(parents=True, exist_ok=True)
        (layer / name).write_text("x", encoding="utf-8")
    (layer / "identity.ts").touch()
    same = (layer / "wal.ts").read_bytes()
    (layer / "wal.ts").write_bytes(same)
    # What comes last is the only one to be named, so the others were looked at and let go.
    mark(layer, "after others")
    until(lambda: dev.marker() == "after others", seconds=120, what="the last one is live")
    assert [reload.cause for reload in dev.reloads()[before:]] == [MARKER]


@pytest.mark.parametrize("interval", [0.0, 0.1])
def test_ten_saves_within_a_second_cost_one_or_two_restarts(dev: Running, interval: float) -> None:
    before = len(dev.reloads())
    start = monotonic()
    for number in range(10):
        wait_for(start + number * interval)
        mark(dev.layer, f"{interval} {number}")
    last = f"{interval} 9"
    until(lambda: dev.marker() == last, seconds=120, what="the last content is live")
    dev.wait()
    assert 1 <= len(dev.reloads()) - before <= 2
    assert dev.marker() == last


def wait_for(due: float) -> None:
    until(lambda: monotonic() >= due, seconds=5, what="the next save is due")


def test_a_syntax_error_is_told_and_the_next_good_save_recovers(dev: Running) -> None:
    generation = dev.health()["generation"]
    file = dev.layer / SCHEDULER
    good = file.read_text()
    file.write_text("const x = ;;;(\n", encoding="utf-8")
    broken = dev.wait("broken", generation=generation + 1)
    assert broken["code"] == 503
    assert f"{SCHEDULER}:1" in broken["error"]
    assert broken["layer"] is None
    file.write_text(good + "// mended\n", encoding="utf-8")
    assert dev.wait(generation=generation + 2)["cause"] == SCHEDULER


def test_an_endless_loop_is_ended_by_the_next_good_save(dev: Running) -> None:
    generation = dev.health()["generation"]
    (dev.layer / MARKER).write_text("for (;;);\nexport const marker = 0;\n", encoding="utf-8")
    until(lambda: busy(dev, generation + 1), seconds=120, what="the loop runs")
    mark(dev.layer, "out of the loop")
    until(lambda: dev.marker() == "out of the loop", seconds=120, what="the good save is live")


def busy(dev: Running, generation: int) -> bool:
    """Whether the gateway of that generation has used more than 5 s of a processor."""
    health = dev.health()
    if health.get("generation") != generation or not health["gateway"]:
        return False
    times = dev.exec("ps", "-o", "cputimes=", "-p", str(health["gateway"]["pid"])).stdout
    return int(times or 0) > 5


def test_a_save_while_the_gateway_starts_is_not_lost(dev: Running) -> None:
    generation = dev.health()["generation"]
    mark(dev.layer, "one")
    until(
        lambda: (
            (dev.health().get("generation"), dev.health().get("gateway") is not None)
            == (generation + 1, True)
        ),
        seconds=120,
        what="the next gateway starts",
    )
    mark(dev.layer, "two")
    until(lambda: dev.marker() == "two", seconds=120, what="the second save is live")


def test_entr_is_what_watches_and_comes_back_when_it_ends(dev: Running) -> None:
    assert dev.exec("pgrep", "-x", "entr").ok
    assert dev.exec("pkill", "-KILL", "-x", "entr").ok
    until(lambda: dev.exec("pgrep", "-x", "entr").ok, seconds=120, what="entr watches again")
    mark(dev.layer, "after entr")
    until(lambda: dev.marker() == "after entr", seconds=120, what="the save is live")


def test_what_the_old_gateway_started_ends_with_it(dev: Running) -> None:
    answer = dev.get("/loa/start")
    assert answer is not None
    child = f"/proc/{int(answer.text)}"
    assert dev.exec("test", "-d", child).ok
    mark(dev.layer, "without children")
    until(lambda: dev.marker() == "without children", seconds=120, what="the save is live")
    assert not dev.exec("test", "-d", child).ok


def test_where_no_event_arrives_a_save_is_live_all_the_same(start: Start, tmp_path: Path) -> None:
    entr = tmp_path / "entr"
    entr.write_text("#!/bin/sh\necho 'entr: no watches left' >&2; exit 1\n", encoding="utf-8")
    entr.chmod(0o755)
    run = start(DEVELOPMENT, options=replace_in(ENTR, binds={"/usr/bin/entr": entr}))
    run.wait()
    mark(run.layer, "seen")
    until(lambda: run.marker() == "seen", seconds=120, what="the save is live")
    assert run.log().count("entr: no watches left; looking at the files") == 1


def test_a_gateway_that_dies_is_started_again(start: Start) -> None:
    run = start(DEVELOPMENT, options=ENTR)
    run.exec("kill", "-KILL", str(run.wait()["gateway"]["pid"]))
    stopped = run.wait("stopped")
    assert stopped["code"] == 503
    assert stopped["error"].startswith("the gateway ended by itself")
    assert run.wait(generation=2)["cause"] == "the gateway had ended"


def test_a_gateway_that_was_killed_for_memory_is_said_as_such(start: Start) -> None:
    run = start(DEVELOPMENT, options=replace_in(ENTR, memory="700m"))
    run.wait()
    assert run.get("/loa/eat") is None
    until(lambda: "status 137 (killed for memory)" in run.log(), seconds=120, what="a line")
    run.wait(generation=2)
