"""Broken saves: what served goes on serving, what is wrong is said, the next good save is live."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from harness.engine.model import Engine
from harness.poll import until
from tests.start.conftest import layer_copy
from tests.start.container import MARKER
from tests.start.handover import LAYER, Dev, developing
from tests.start.traffic import Kept, New, asking

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("start")]

LIMIT = 10.0


@pytest.fixture(scope="module")
def shared(docker: Engine, image: str) -> Iterator[Dev]:
    """One container for the whole file; each test leaves a layer that loads."""
    with (
        layer_copy() as project,
        developing(docker, image, project, LOA_RELOAD_LIMIT=f"{LIMIT:g}") as dev,
    ):
        yield dev


@pytest.fixture
def dev(shared: Dev) -> Iterator[Dev]:
    """The container, quiet; each file is afterwards as it was."""
    if shared.run.health().get("status") == "broken":  # a test before has failed half-way
        shared.mark("mended")
    shared.begin()
    texts = {path: path.read_bytes() for path in shared.layer.glob("*.*") if path.name != MARKER}
    yield shared
    for path, text in texts.items():
        if path.read_bytes() != text:
            path.write_bytes(text)


@dataclass(frozen=True)
class Broken:
    """A way to break the layer.

    Attributes:
        file: The file that is saved.
        fault: The line that the error must name; it must name none if this is empty.
        says: What the error must say.
        before: Words of the line that the fault is put before; if empty, it is all there is.
        seconds: Until then it must be said, however busy the machine is.
    """

    file: str
    fault: str
    says: str
    before: str = ""
    seconds: float = 20.0

    def save(self, layer: Path) -> int | None:
        """Break the layer; return the number of the line at fault, counted from 1."""
        lines = (layer / self.file).read_text(encoding="utf-8").splitlines()
        found = (at for at, line in enumerate(lines) if self.before and self.before in line)
        at = next(found, None)
        broken = ["", self.fault] if at is None else [*lines[:at], self.fault, *lines[at:]]
        (layer / self.file).write_text("\n".join(broken) + "\n", encoding="utf-8")
        return broken.index(self.fault) + 1 if self.fault else None


BROKEN = {
    "syntax": Broken(MARKER, "const b = ;;;(", "ParseError: Unexpected token"),
    "throw": Broken("scheduler.ts", 'throw new Error("boom");', ": boom$", "export type Task"),
    "throw-in-register": Broken(
        "layer-index.ts",
        'throw new RangeError("in register");',
        "RangeError: in register$",
        "const environment",
    ),
    "missing-file": Broken(
        "wal.ts", 'import "./no.ts";', r"module '\./no\.ts'$", "import { acquire"
    ),
    "missing-package": Broken("wal.ts", 'import "no-such";', "'no-such'$", "import { rm"),
    "loop": Broken(
        MARKER, "for (;;) {}", "still running after 10 s: an endless loop", seconds=LIMIT + 20
    ),
    "manifest": Broken("clawdbot.plugin.json", "{ oops }", "in JSON|valid JSON"),
    "empty": Broken("scheduler.ts", "", "Scheduler.* is not a constructor"),
    "empty-entry": Broken("index.ts", "", "exports no register function"),
    "silent": Broken(
        "routes.ts", "return;", "does not answer after 10 s", "const allowed", seconds=LIMIT + 20
    ),
    "exit": Broken(MARKER, "process.exit(0);", "the gateway ended while it loaded the layer"),
}
NAMELESS = ("silent", "exit", "empty", "empty-entry")
"""Of these no line is at fault, or nothing tells which one."""


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_broken_save_is_said_and_never_served(dev: Dev, name: str) -> None:
    good, broken = f"before {name}", BROKEN[name]
    dev.mark(good)
    dev.live()
    dev.begin()
    text = (dev.layer / broken.file).read_bytes()
    with asking(dev.run.port(18789), [New(), Kept()]) as traffic:
        began = monotonic()
        line = broken.save(dev.layer)
        error = dev.events.wait("broken")["error"]
        seconds = monotonic() - began
        assert_said(dev, broken.says)
        (dev.layer / broken.file).write_bytes(text)
        dev.events.wait("restored")
        assert dev.run.wait()["error"] is None
        dev.mark(f"after {name}")
        until(lambda: f"after {name}" in traffic.bodies, seconds=120, what="the good save is live")
    if name not in NAMELESS:
        assert error.startswith(f"{LAYER}/{broken.file}:{line}: ")
    assert seconds < broken.seconds
    assert traffic.failures == []
    assert set(traffic.bodies) == {good, f"after {name}"}
    assert [reload.cause for reload in dev.reloads] == [broken.file, MARKER]


def assert_said(dev: Dev, words: str) -> None:
    """The error is the same in the event, on port 3000 and in the log."""
    [event] = dev.events.named("broken")
    assert re.search(words, event["error"])
    health = dev.run.health()
    assert (health["code"], health["status"]) == (200, "broken")
    assert health["error"] == event["error"]
    assert health["failure"] == event["failure"]
    assert dev.broken_lines()[-1] == f"{event['error']}; the one before goes on"


def test_the_next_good_save_is_live_though_it_takes_nothing_back(dev: Dev) -> None:
    (dev.layer / MARKER).write_text("const x = ;;;(\n", encoding="utf-8")
    dev.events.wait("broken")
    dev.mark("mended")
    dev.serves("mended")
    assert dev.run.wait()["error"] is None


def test_an_endless_loop_gives_way_to_the_next_save(dev: Dev) -> None:
    (dev.layer / MARKER).write_text("for (;;);\nexport const marker = 0;\n", encoding="utf-8")
    dev.events.wait("noticed")
    dev.mark("out of the loop")
    dev.serves("out of the loop")
    assert dev.events.named("broken") == []


def test_a_layer_that_does_not_answer_is_said_soon_and_gives_way_to_the_next_save(dev: Dev) -> None:
    path, silent = dev.layer / "routes.ts", BROKEN["silent"]
    text = path.read_bytes()
    silent.save(dev.layer)
    event = dev.events.wait("silent")
    assert event["serves"]
    assert event["afterMs"] < 1000 * LIMIT
    health = dev.run.health()
    assert (health["code"], health["status"], health["error"]) == (200, "reloading", None)
    assert health["silent"]
    path.write_bytes(text)
    dev.mark("instead of it")
    dev.serves("instead of it")
    assert dev.events.named("broken") == []


def test_a_layer_that_does_not_load_at_first_is_said_and_mended_by_a_save(
    docker: Engine, image: str
) -> None:
    with layer_copy() as project:
        marker = project.root / LAYER / MARKER
        good = marker.read_text(encoding="utf-8")
        marker.write_text("\nconst x = ;;;(\n", encoding="utf-8")
        with developing(docker, image, project) as dev:
            health = dev.run.wait("broken")
            assert (health["code"], health["generation"], health["gateway"]) == (503, 0, None)
            assert health["error"].startswith(f"{LAYER}/{MARKER}:2: ParseError")
            status, body = New().ask(dev.run.port(18789), "/loa/marker")
            assert status == 503
            assert "port 3000 says why" in body
            marker.write_text(good, encoding="utf-8")
            dev.serves("first")
            assert dev.run.wait()["generation"] == 2
