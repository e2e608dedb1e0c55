"""entr.sh among stand-ins: which saves start the gateway again, and what is said when one ends.

tests/start shows the same with the real entr in a container.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.poll import until
from tests.scripts.stage import DEPLOY, PATIENCE, Play, Stage

LAYER = "workspace/deploy/loa-identity"
SOURCES = ("a.ts", "sub/b.ts", "clawdbot.plugin.json")
OTHERS = (
    "x.test.ts",
    "test/y.ts",
    "node_modules/z.ts",
    "notes.md",
    "sub/node_modules/z.ts",
    "sub/clawdbot.plugin.json",
)
ENTR = """#!/bin/bash
echo $$ >"$STAGE/entr.pid"
cat >"$STAGE/watched"
printf 'entr %s\\n' "$*" >>"$STAGE/log"
until [ -e "$STAGE/altered" ]; do sleep 0.05; done
cat "$STAGE/altered" >&2
/bin/rm "$STAGE/altered"
"""
ALTERED = "entr: directory altered\n"


def save(stage: Stage, name: str, text: str) -> None:
    path = stage.place / LAYER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@contextmanager
def following(stage: Stage, **given: str) -> Iterator[Play]:
    """The start script with our entr.sh, from the moment that it watches."""
    stage.write("home/dev/entr.sh", (DEPLOY / "dev/entr.sh").read_text(encoding="utf-8"))
    stage.program("entr", ENTR)
    for name in (*SOURCES, *OTHERS):
        save(stage, name, "one")
    script = str(stage.place / "home/start-loa-dev.sh")
    with stage.playing(script, LOA_RELOADER="entr", **given) as play:
        play.calls("^entr")
        play.calls("^gateway --verbose$")
        yield play


def state(stage: Stage) -> dict[str, object]:
    found: dict[str, object] = json.loads(stage.status())
    return found


def serves(stage: Stage, generation: int) -> None:
    """Wait until that gateway runs, and has written down who it is: else nothing could end it."""

    def runs() -> bool:
        found, started = state(stage), stage.log.count("gateway --verbose")
        return (found["phase"], found["generation"], started) == ("running", generation, generation)

    until(runs, seconds=PATIENCE, what=f"gateway {generation} runs")


def calls_of(play: Play, name: str) -> list[str]:
    return [it for it in play.log if it.startswith(name)]


def test_what_is_watched_is_what_the_gateway_loads(stage: Stage) -> None:
    with following(stage) as play:
        said = play.end(signalled=True)[1]
    assert re.search(r" start: watching \S+/loa-identity with entr\n", said)
    [entr] = calls_of(play, "entr")
    assert re.fullmatch(r"entr -a -d -n sh -c echo >'./tmp/[^/]+/events'", entr)
    listed = (stage.place / "watched").read_text(encoding="utf-8").splitlines()
    root = stage.place / LAYER
    wanted = [root, *(root / it for it in ("a.ts", "clawdbot.plugin.json", "sub", "sub/b.ts"))]
    assert sorted(Path(it) for it in listed) == wanted


def add_many(stage: Stage) -> None:
    """At one stroke, so that no look comes in between."""
    elsewhere = stage.place / "more"
    elsewhere.mkdir()
    for name in "wxyz":
        (elsewhere / f"{name}.ts").write_text(name, encoding="utf-8")
    elsewhere.rename(stage.place / LAYER / "more")


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda it: save(it, "a.ts", "two"), "a.ts"),
        (lambda it: save(it, "new.ts", "one"), "new.ts"),
        (lambda it: save(it, "clawdbot.plugin.json", "two"), "clawdbot.plugin.json"),
        (lambda it: (it.place / LAYER / "sub/b.ts").unlink(), "sub/b.ts"),
        (add_many, "more/w.ts,more/x.ts,more/y.ts,+1"),
    ],
    ids=["edited", "new", "manifest", "gone", "many"],
)
def test_a_change_starts_the_gateway_again(
    stage: Stage, change: Callable[[Stage], None], cause: str
) -> None:
    with following(stage) as play:
        assert state(stage)["generation"] == 1
        change(stage)
        serves(stage, 2)
        assert state(stage)["cause"] == cause
        status, said = play.end(signalled=True)
    assert status == 0
    assert f" reload generation=2 cause={cause}\n" in said
    assert calls_of(play, "gateway") == ["gateway --verbose", "gateway ended"] * 2


def test_what_changes_nothing_is_passed_over(stage: Stage) -> None:
    with following(stage):
        os.utime(stage.place / LAYER / "a.ts")
        for name in OTHERS:
            save(stage, name, "two")
        save(stage, "sub/b.ts", "two")
        serves(stage, 2)
        assert state(stage)["cause"] == "sub/b.ts"


def test_a_gateway_that_ends_is_started_again_and_each_time_later(stage: Stage) -> None:
    with following(stage, ENDS="7") as play:
        until(
            lambda: len(calls_of(play, "gateway --verbose")) == 3,
            seconds=PATIENCE,
            what="it is started twice more",
        )
        said = play.end(signalled=True)[1]
    ended = "start: the gateway ended by itself, status 7; starting it again in"
    assert re.findall(rf"{ended} (\d+) s, or when a file changes", said)[:2] == ["1", "2"]
    assert " reload generation=2 cause=the gateway had ended\n" in said


# entr.sh with its surroundings replaced, and with a clock that is ours.
ALONE = """
for it in say report how_ended end_group stop_gateway; do eval "$it() { :; }"; done
run=$STAGE layer=$STAGE generation=1
. "$STAGE/home/dev/entr.sh"
unset EPOCHREALTIME
now=1000000
pass() { ((now += $1)); EPOCHREALTIME=${now::-6}.${now: -6}; }
"""
DELAYS = """
for lived in 0 0 0 0 0 0 0 10 9; do
    SECONDS=100 started=$((100 - lived)) gateway=1
    gateway_ended 7
    echo "$delay $((retry - SECONDS)) <$gateway>"
done
"""
SETTLES = """
read() { printf '%s ' "$3"; pass 200000; [ "$4 $5" = "-u $events" ] && ((now < last)); }
for last in 1000000 1500000 9000000; do now=1000000; pass 0; settle $now; echo; done
"""
RELOADS = """
say() { echo "$*"; }
report() { echo "$1: $generation $cause"; }
stop_gateway() { echo "ended within $patience s"; pass 900000; }
settle() { echo "settled since $1"; }
load() { echo "loaded"; }
pass 200
reload a.ts
"""
FOLLOWS = """
watch & watcher=$! health=$!
read() { echo "$3"; [ "$4 $5" = "-u $events" ]; exit; }
follow
"""
STARTS_AGAIN = """
for it in kill look; do eval "$it() { :; }"; done
watcher=1 health=1 SECONDS=100 started=100
read() { ((SECONDS += 1)); echo "$SECONDS"; ((SECONDS < 104)) || exit 0; }
reload() { echo "$1"; retry=1000; }
delay=1 gateway_ended 7
follow
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (DELAYS, [f"{it} {it} <>" for it in (1, 2, 4, 8, 16, 30, 30, 1, 2)]),
        (SETTLES, ["0.3 ", "0.3 0.3 0.3 ", "0.3 0.3 0.3 0.3 "]),
        (
            RELOADS,
            [
                "reload generation=2 cause=a.ts",
                "reloading: 2 a.ts",
                "ended within 3 s",
                "settled since 1000200",
                "loaded",
            ],
        ),
        (FOLLOWS, ["0.5"]),
        (STARTS_AGAIN, ["101", "102", "the gateway had ended", "103", "104"]),
    ],
    ids=[
        "a gateway that ends is started later each time until it has lived for ten seconds",
        "a burst is over when it was quiet for a while but it is not waited for without end",
        "a reload is said and ends the gateway soon and what comes meanwhile belongs to it",
        "the files are looked at twice a second",
        "a gateway that ended is started again when its time has come and no sooner",
    ],
)
def test_by_its_clock(stage: Stage, words: str, said: list[str]) -> None:
    stage.write("home/dev/entr.sh", (DEPLOY / "dev/entr.sh").read_text(encoding="utf-8"))
    stage.program("entr")
    status, text = stage.run("-uc", ALONE + words)
    assert (status, text.splitlines()) == (0, said)


FIND = """#!/bin/bash
echo "$EPOCHREALTIME" >>"$STAGE/looks"
exec /usr/bin/find "$@"
"""


def test_between_two_looks_it_sleeps(stage: Stage) -> None:
    stage.program("find", FIND)
    looks = stage.place / "looks"

    def times() -> list[float]:
        return [float(it) for it in looks.read_text(encoding="ascii").splitlines()]

    with following(stage):
        # To load, to watch, to look and to compare what it found; then it only looks.
        until(lambda: len(times()) >= 7, seconds=PATIENCE, what="three more looks")
    found = times()
    assert found[6] - found[4] >= 0.9


def test_a_gateway_that_ends_leaves_nothing_and_health_is_told_why(stage: Stage) -> None:
    with following(stage, ENDS="7") as play:
        until(lambda: state(stage)["phase"] == "ended", seconds=PATIENCE, what="it says so")
        found, left = state(stage), play.pid("grandchild")
        until(lambda: not is_there(left), seconds=PATIENCE, what="what it started is ended too")
    assert (found["pid"], found["error"]) == (None, "the gateway ended by itself, status 7")


def end_watcher(stage: Stage, play: Play, said: str, times: int) -> None:
    """Have entr end with these words, and wait for the next one."""
    draft = stage.place / "draft"
    draft.write_text(said, encoding="utf-8")
    draft.rename(stage.place / "altered")
    until(lambda: len(calls_of(play, "entr")) == times, seconds=PATIENCE, what="the next entr")


def test_entr_is_started_again_and_only_what_is_news_is_said(stage: Stage) -> None:
    trouble = "entr: no more watches\n"
    words = [ALTERED, "entr: cannot open x\n", "unable to open y\n", trouble, trouble]
    with following(stage) as play:
        for number, it in enumerate(words, start=2):
            end_watcher(stage, play, it, number)
        said = play.end(signalled=True)[1]
    told = [line.partition(" ")[2] for line in said.splitlines() if "looking at" in line]
    assert told == [f"start: {trouble.strip()}; looking at the files twice a second instead"]
    assert not [line for line in said.splitlines() if "altered" in line or " open " in line]


def test_a_health_server_that_ends_is_started_again(stage: Stage) -> None:
    with following(stage, SHORT_LIVED="1") as play:
        until(
            lambda: len(calls_of(play, "node ./home/health")) == 2,
            seconds=PATIENCE,
            what="the health server is started again",
        )
        said = play.end(signalled=True)[1]
    assert " start: the health server ended by itself; starting it again\n" in said
    assert state(stage)["generation"] == 1


def test_all_end_with_it(stage: Stage) -> None:
    with following(stage) as play:
        pids = [play.pid(name) for name in ("entr", "gateway")]
        assert play.end(signalled=True)[0] == 0
    until(lambda: not any(map(is_there, pids)), seconds=PATIENCE, what="both have ended")


def is_there(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):  # the latter between opening and reading
        return False
