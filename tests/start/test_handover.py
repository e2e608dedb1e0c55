"""Reload by handover: each kind of save, once, named, and without one request refused."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from harness import process
from harness.engine.model import Engine
from harness.poll import until
from tests.start.conftest import layer_copy
from tests.start.container import MARKER
from tests.start.handover import LAYER, Dev, developing
from tests.start.saves import NESTED, QUOTES, SCHEDULER, append, replace, writing
from tests.start.traffic import Kept, New, asking

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("start")]

SPARE = ("spare-renamed.ts", "spare-deleted.ts", "spare/gone.ts", "moved/a.ts")


@pytest.fixture(scope="module")
def shared(docker: Engine, image: str) -> Iterator[Dev]:
    """One container for the whole file; each test leaves a layer that loads."""
    with layer_copy() as project:
        for name in SPARE:
            (project.root / LAYER / name).parent.mkdir(exist_ok=True)
            (project.root / LAYER / name).write_text("export {};\n", encoding="utf-8")
        with developing(docker, image, project) as dev:
            yield dev


@pytest.fixture
def dev(shared: Dev) -> Dev:
    """The container, quiet."""
    shared.begin()
    return shared


def remove_directory(layer: Path) -> None:
    (layer / "spare/gone.ts").unlink()
    (layer / "spare").rmdir()


@pytest.mark.parametrize(
    ("save", "cause"),
    [
        pytest.param(append, SCHEDULER, id="edit"),
        pytest.param(replace, SCHEDULER, id="replace"),
        pytest.param(writing("new.ts", "export {};\n"), "new.ts", id="new"),
        pytest.param(writing(NESTED, "export {};\n"), NESTED, id="nested"),
        pytest.param(writing(NESTED, "export const a = 1;\n"), NESTED, id="edit-nested"),
        pytest.param(
            lambda layer: (layer / SPARE[0]).rename(layer / "z.ts"), f"{SPARE[0]},z.ts", id="rename"
        ),
        pytest.param(
            lambda layer: (layer / "moved").rename(layer / "to"),
            "moved/a.ts,to/a.ts",
            id="rename-directory",
        ),
        pytest.param(lambda layer: (layer / SPARE[1]).unlink(), SPARE[1], id="delete"),
        pytest.param(remove_directory, SPARE[2], id="remove-directory"),
        pytest.param(writing(QUOTES, "export {};\n"), QUOTES, id="quotes"),
    ],
)
def test_each_kind_of_save_is_live_once_and_named(
    dev: Dev, save: Callable[[Path], object], cause: str
) -> None:
    before, saved = dev.run.health(), datetime.now().astimezone()
    save(dev.layer)
    live = dev.live()
    after = dev.run.wait()
    [reload] = dev.reloads
    assert [reload.cause, live["cause"], after["cause"]] == [cause] * 3
    assert sorted(live["files"]) == sorted(f"{LAYER}/{name}" for name in cause.split(","))
    generation = before["generation"] + 1
    assert [reload.generation, live["generation"], after["generation"]] == [generation] * 3
    assert 0 <= (reload.at - saved).total_seconds() < 30
    assert reload.at.utcoffset() is not None
    assert live["cold"] is False
    assert after["gateway"]["pid"] != before["gateway"]["pid"]
    assert after["layer"]["pid"] == after["gateway"]["pid"]
    old = before["gateway"]["pid"]
    until(lambda: dev.is_gone(old), seconds=120, what="the old gateway has ended")


def write_fifty(layer: Path) -> None:
    for number in range(50):
        (layer / f"many{number}.ts").write_text("export {};\n", encoding="utf-8")


def test_a_burst_of_fifty_files_costs_one_reload_or_two(dev: Dev) -> None:
    write_fifty(dev.layer)
    dev.mark("after fifty")
    dev.serves("after fifty")
    dev.live()
    assert len(dev.reloads) in {1, 2}
    assert sum(len(event["files"]) for event in dev.events.named("live")) >= 51
    assert ",+" in dev.reloads[0].cause


def test_a_branch_switch_costs_one_reload_or_two(dev: Dev) -> None:
    git = ["git", "-c", "safe.directory=*", "-C", str(dev.layer)]
    author = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    write_fifty(dev.layer)
    dev.mark("one branch")
    dev.serves("one branch")
    dev.begin()
    process.run([*git, "add", "."])
    process.run([*git, *author, "commit", "--quiet", "-m", "one"])
    process.run([*git, "switch", "--quiet", "-c", "other"])
    for path in dev.layer.glob("many*.ts"):
        path.unlink()
    dev.mark("other branch")
    dev.serves("other branch")
    dev.live()
    process.run([*git, *author, "commit", "--quiet", "-a", "-m", "two"])
    dev.begin()
    process.run([*git, "switch", "--quiet", "-"])
    dev.serves("one branch")
    dev.live()
    assert len(dev.reloads) in {1, 2}
    assert (dev.layer / "many49.ts").exists()


def test_there_and_back_again_serves_what_is_there(dev: Dev) -> None:
    good, marker = (dev.layer / MARKER).read_bytes(), dev.run.marker()
    dev.mark("for a moment")
    dev.events.wait("noticed")
    (dev.layer / MARKER).write_bytes(good)

    # On a busy machine the first may be silent, and give way to the second before it serves.
    def at_rest() -> bool:
        loaded = dev.events.named("live") and not dev.run.health().get("loading", True)
        return bool(loaded) and dev.run.marker() == marker

    until(at_rest, seconds=120, what="what is there is served again")
    assert f'"{marker}"'.encode() in good


def test_what_is_no_change_restarts_nothing(dev: Dev) -> None:
    for name in ("x.test.ts", "test/x.ts", "node_modules/x/index.ts", ".x.swp"):
        writing(name, "x")(dev.layer)
    (dev.layer / "identity.ts").touch()
    (dev.layer / "wal.ts").write_bytes((dev.layer / "wal.ts").read_bytes())
    # What comes last is the only one to be named, so the others were looked at and let go.
    dev.mark("after others")
    dev.live()
    assert [reload.cause for reload in dev.reloads] == [MARKER]


def test_what_is_no_code_is_said_to_be_visible_at_once(dev: Dev) -> None:
    writing("notes.md", "x")(dev.layer)
    skill = dev.layer.parent.parent / ".claude/skills/identity/NOTES.md"
    skill.write_text("x", encoding="utf-8")
    wanted = {f"{LAYER}/notes.md", ".claude/skills/identity/NOTES.md"}
    until(lambda: wanted <= visible(dev), seconds=120, what="both are said")
    [*_, line] = (it for it in dev.run.log().splitlines() if "visible at once" in it)
    assert "visible at once, no restart needed: " in line
    assert dev.reloads == []


def visible(dev: Dev) -> set[str]:
    """The files that were said to be visible at once."""
    return {name for event in dev.events.named("visible") for name in event["files"]}


def test_no_request_is_refused_or_cut_over_many_saves(dev: Dev) -> None:
    port = dev.run.port(18789)
    texts = [f"save {number}" for number in range(8)]
    with asking(port, [New(), New(), Kept(), Kept()]) as traffic:
        for text in texts:
            dev.mark(text)
            dev.serves(text)
    assert traffic.failures == []
    assert set(traffic.bodies) > set(texts)
    assert traffic.answers > 100
