"""The start scripts among stand-ins: what is started when, with what, and how it ends.

tests/start shows the same with the real programs in a container; this takes a second, and catches a
slip before an image is built.
"""

import json
import re
from pathlib import Path

import pytest

from harness.poll import until
from tests.scripts.stage import PATIENCE, TOKEN, Stage

STATUS = "./tmp/[^/]+/status"
HEALTH = f"node ./home/health/server.mjs --status {STATUS}"
RECOVERY = "node --disable-warning=ExperimentalWarning ./workspace/deploy/loa-identity/recovery.ts"
RESTORE = "node --disable-warning=ExperimentalWarning ./home/health/backup.mjs"
RELOADER = "node --disable-warning=ExperimentalWarning ./home/dev/reloader.mjs"
CLEARED = "rm -rf ./tmp/[^/]+"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d"
BOTH = pytest.mark.parametrize("name", ["start-loa.sh", "start-loa-dev.sh"])


def script(stage: Stage, name: str = "start-loa.sh") -> str:
    return str(stage.place / "home" / name)


def matches(log: list[str], *patterns: str) -> bool:
    return re.fullmatch("\n".join(patterns), "\n".join(log)) is not None


def said(text: str, pattern: str) -> bool:
    return re.search(rf"^{TIME} {pattern}$", text, re.MULTILINE) is not None


def gone(pid: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return True


def test_production_recovers_then_starts_the_gateway_then_ends_both(stage: Stage) -> None:
    with stage.playing(script(stage)) as play:
        play.calls("^gateway")
        grandchild, pid = play.pid("grandchild"), play.pid("gateway")
        until(lambda: '"running"' in stage.status(), seconds=PATIENCE, what="it says that it runs")
        state = json.loads(stage.status())
        status, text = play.end(signalled=True)
    assert matches(sorted(play.log[:2]), RECOVERY, HEALTH), play.log
    assert matches(play.log[2:], "gateway ", "gateway ended", "health ended", CLEARED), play.log
    assert (status, text) == (0, "")
    since = state.pop("since")
    assert state == {"phase": "running", "generation": 1, "cause": "", "pid": pid, "error": ""}
    assert re.fullmatch(TIME, since)
    assert json.loads(stage.status())["phase"] == "stopping"
    until(lambda: gone(grandchild), seconds=PATIENCE, what="what the gateway started is ended too")


@pytest.mark.parametrize(
    ("name", "given"), [("start-loa.sh", {}), ("start-loa-dev.sh", {"LOA_RELOADER": "entr"})]
)
def test_health_is_told_that_it_starts_before_anything_else(
    stage: Stage, name: str, given: dict[str, str]
) -> None:
    with stage.playing(script(stage, name), **given) as play:
        play.calls("^(gateway|load)")
    state = json.loads((stage.place / "at-recovery").read_text(encoding="utf-8"))
    assert (state["phase"], state["pid"], state["generation"]) == ("starting", None, 0)


def test_a_saved_identity_is_put_back_before_recovery(stage: Stage) -> None:
    with stage.playing(script(stage), LOA_IDENTITY_BACKUP="none") as play:
        play.calls("^gateway")
    others = [it for it in play.log if "server.mjs" not in it]
    assert matches(others[:4], RESTORE, "restored", RECOVERY, "gateway "), play.log


def test_a_failed_recovery_starts_no_gateway(stage: Stage) -> None:
    status, text = stage.run(script(stage), RECOVERY="4")
    assert status == 1
    assert said(text, "start: recovery failed, so the gateway is not started")
    assert not [it for it in stage.log if it.startswith("gateway")]
    assert "health ended" in stage.log


def test_a_gateway_that_ends_takes_the_script_along(stage: Stage) -> None:
    status, text = stage.run(script(stage), ENDS="7")
    assert status == 7
    assert said(text, "start: the gateway ended by itself, status 7")
    assert "health ended" in stage.log


@pytest.mark.parametrize(
    ("ends", "found", "words"),
    [("137", "0", r" \(killed for memory\)"), ("137", "1", ""), ("9", "0", "")],
)
def test_a_gateway_that_was_killed_for_memory_is_said_as_such(
    stage: Stage, ends: str, found: str, words: str
) -> None:
    stage.program("grep", f'#!/bin/bash\necho "grep $*" >>"$STAGE/log"\nexit {found}\n')
    status, text = stage.run(script(stage), ENDS=ends)
    assert status == int(ends)
    assert said(text, f"start: the gateway ended by itself, status {ends}{words}")
    asked = [it for it in stage.log if it.startswith("grep")]
    counts = "/sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control"
    assert asked == ([f"grep -qs ^oom_kill [1-9] {counts}"] if ends == "137" else [])


def test_a_gateway_that_does_not_end_is_made_to(stage: Stage) -> None:
    with stage.playing(script(stage), STUBBORN="1") as play:
        play.calls("^gateway")
        pid = play.pid("gateway")
        status, _ = play.end(signalled=True)
    assert status == 0
    assert gone(pid)


def test_the_health_server_is_brought_back_alone(stage: Stage) -> None:
    with stage.playing(script(stage), SHORT_LIVED="1") as play:
        play.calls("^gateway")
        until(lambda: len(servers(stage)) == 2, seconds=PATIENCE, what="a second health server")
        status, text = play.end(signalled=True)
    assert status == 0
    assert said(text, "start: the health server ended by itself; starting it again")
    assert [it for it in stage.log if it.startswith("gateway")] == ["gateway ", "gateway ended"]


def servers(stage: Stage) -> list[str]:
    return [it for it in stage.log if re.fullmatch(HEALTH, it)]


def test_a_health_server_that_never_stays_up_ends_it_all(stage: Stage) -> None:
    status, text = stage.run(script(stage), SHORT_LIVED="1", YOUNG="30")
    assert status == 1
    assert said(text, "start: the health server does not stay up")
    assert "gateway ended" in stage.log


@BOTH
def test_without_a_token_nothing_is_started(stage: Stage, name: str) -> None:
    status, text = stage.run(script(stage, name), CLAWDBOT_GATEWAY_TOKEN="")
    assert status == 2
    assert said(text.rstrip(), r"start: CLAWDBOT_GATEWAY_TOKEN is not set.*\.env\.local")
    assert matches(stage.log, CLEARED)


@BOTH
def test_it_ends_while_it_recovers_too(stage: Stage, name: str) -> None:
    with stage.playing(script(stage, name), HANGS="1") as play:
        play.calls("recovery")
        status, _ = play.end(signalled=True)
    assert status == 0
    assert not [it for it in stage.log if it.startswith("gateway") or "reloader" in it]


@pytest.mark.parametrize(("given", "mode"), [({}, "1"), ({"BEAUVOIR_DEV_MODE": "0"}, "0")])
def test_development_becomes_the_reloader(stage: Stage, given: dict[str, str], mode: str) -> None:
    status, text = stage.run(script(stage, "start-loa-dev.sh"), RELOADER="6", **given)
    assert (status, text) == (6, "")
    assert matches(stage.log, RECOVERY, CLEARED, RELOADER), stage.log
    assert stage.environment("node")["BEAUVOIR_DEV_MODE"] == mode
    assert stage.environment("node")["CLAWDBOT_GATEWAY_TOKEN"] == TOKEN


def test_in_development_a_failed_recovery_is_only_told(stage: Stage) -> None:
    status, text = stage.run(script(stage, "start-loa-dev.sh"), RECOVERY="1")
    assert status == 0
    assert said(text, "start: recovery failed; starting all the same, so that somebody can look")
    assert matches(stage.log[-1:], RELOADER)


def test_with_entr_the_gateway_is_verbose_and_health_is_there(stage: Stage) -> None:
    status, _ = stage.run(script(stage, "start-loa-dev.sh"), LOA_RELOADER="entr")
    assert status == 0
    assert servers(stage)
    others = [it for it in stage.log if "server.mjs" not in it and "ended" not in it]
    assert matches(others, RECOVERY, "load --verbose", "watch", "follow", CLEARED), stage.log


def test_an_unknown_reloader_is_one_line(stage: Stage) -> None:
    status, text = stage.run(script(stage, "start-loa-dev.sh"), LOA_RELOADER="nodemon")
    assert status == 2
    assert said(text, "start: LOA_RELOADER is 'nodemon'; it can be: handover, entr")
    assert matches(stage.log, CLEARED)


@BOTH
@pytest.mark.parametrize("slip", ['echo "$nowhere"', "false | true || exit 9"])
def test_a_slip_in_what_they_share_ends_them(stage: Stage, name: str, slip: str) -> None:
    stage.write("home/supervise.sh", f"{slip}\nexit 0\n")
    assert stage.run(script(stage, name))[0] != 0


def test_where_nothing_is_set_it_is_at_home_in_the_image(stage: Stage) -> None:
    text = stage.shortened("supervise.sh")
    sourced = stage.write("home/sourced.sh", f"{text}\necho $home $layer\n")
    status, words = stage.run("-c", f"unset LOA_HOME LOA_WORKSPACE; . {sourced}")
    assert (status, words.split()) == (0, ["/opt/loa", "/workspace/deploy/loa-identity"])
    for name in ("start-loa.sh", "start-loa-dev.sh"):
        assert '. "${LOA_HOME:-/opt/loa}/supervise.sh"\n' in stage.shortened(name)


def shared(stage: Stage, words: str) -> tuple[int, str]:
    """What becomes of words after the start scripts' common part."""
    return stage.run("-c", f". {stage.place}/home/supervise.sh; {words}")


def test_a_second_signal_changes_nothing_of_how_it_ends(stage: Stage) -> None:
    words = (
        "trap 'finish 0' TERM; end() { kill -TERM $$; kill -KILL \"$@\"; }; "
        "sleep 60 >/dev/null 2>&1 & finish 7"
    )
    assert shared(stage, words)[0] == 7


def test_whoever_does_not_end_when_asked_is_made_to(stage: Stage) -> None:
    deaf = "(trap '' TERM; >$STAGE/deaf; for _ in {1..100}; do sleep 0.05; done) & "
    until_deaf = "until [ -e $STAGE/deaf ]; do sleep 0.01; done; "
    assert shared(stage, f"{deaf}{until_deaf}end $!; wait $!; exit $?")[0] == 137


def test_where_no_gateway_runs_nothing_is_stopped(stage: Stage) -> None:
    words = 'for it in end end_group wait; do eval "$it() { echo $it; }"; done; stop_gateway'
    assert shared(stage, words)[1] == ""


def test_a_gateway_that_is_stopped_is_gone_before_the_next(stage: Stage) -> None:
    # As long as it takes to end, it has the port.
    takes = "end() { :; }; end_group() { :; }; sleep 0.3 & gateway=$!; stop_gateway"
    assert shared(stage, f"{takes}; jobs -r") == (0, "")


def test_a_gateway_that_is_stopped_is_forgotten(stage: Stage) -> None:
    there = "sleep 0.01; done"
    words = (
        f". {stage.place}/home/supervise.sh; stop_gateway; gateway_options=(--one); start_gateway; "
        f'until [ -s "$STAGE/grandchild.pid" ]; do {there}; '
        f'until grep -qs gateway "$STAGE/log"; do {there}; '
        'stop_gateway; echo "<$gateway> $generation"; '
        "cause='a\"b\\c' report ended 'not\tgood'"
    )
    status, text = stage.run("-c", words)
    assert (status, text) == (0, "<> 1\n")
    assert stage.log[:2] == ["gateway --one", "gateway ended"]
    grandchild = int((stage.place / "grandchild.pid").read_text(encoding="ascii"))
    until(lambda: gone(grandchild), seconds=PATIENCE, what="its children are ended")
    state = json.loads(stage.status())
    assert (state["phase"], state["cause"], state["error"]) == ("ended", "a_b_c", "not_good")
    assert state["pid"] is None
