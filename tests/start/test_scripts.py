"""Both start scripts: recovery, the two children, and how it all ends."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine.model import Engine
from harness.poll import until
from harness.project import Project
from tests.start.conftest import Start, layer_copy
from tests.start.container import DEVELOPMENT, ENTR, PRODUCTION, TOKEN, Options, Running, running

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("start")]

BOTH = pytest.mark.parametrize("script", [PRODUCTION, DEVELOPMENT], ids=["prod", "dev"])
VARIABLE = "BEAUVOIR_DEV_MODE"
NO_TOKEN = Options(variables={"CLAWDBOT_GATEWAY_TOKEN": ""})

# Names of processes, of which the kernel keeps 15 characters.
LONG_LIVED = ("tini", "bash", "node", "node-MainThread", "entr", "clawdbot", "clawdbot-gatewa")
SHORT_LIVED = ("ps", "sleep", "find", "sort", "date")


def pid_of(run: Running, pattern: str) -> str:
    return run.exec("pgrep", "--full", "--oldest", pattern).stdout.strip()


@pytest.fixture(scope="module", params=[PRODUCTION, DEVELOPMENT], ids=["prod", "dev"])
def serving(request: pytest.FixtureRequest, docker: Engine, image: str) -> Iterator[Running]:
    """A container of each script that serves and is only looked at, until it is ended."""
    with (
        layer_copy() as project,
        running(docker, image, project, [request.param], Options()) as run,
    ):
        run.wait()
        yield run


class TestServing:
    def test_it_says_so(self, serving: Running) -> None:
        health = serving.health()
        assert (health["code"], health["status"]) == (200, "healthy")
        assert (health["generation"], health["cause"], health["error"]) == (1, None, None)
        assert health["layer"]["pid"] == health["gateway"]["pid"]
        assert health["gateway"]["residentBytes"] > 50_000_000

    def test_only_development_is_verbose(self, serving: Running) -> None:
        development = serving.container.attrs["Config"]["Cmd"] == [DEVELOPMENT]
        assert ("[ws] → event" in serving.log()) == development

    def test_no_log_line_and_no_answer_holds_the_token(self, serving: Running) -> None:
        answer = serving.get("/loa/health")
        assert answer is not None
        for text in (serving.log(), str(serving.health()), answer.text):
            assert TOKEN not in text

    def test_there_is_no_zombie_and_no_other_process(self, serving: Running) -> None:
        assert serving.exec("sh", "-c", "for i in 1 2 3; do setsid true & done").ok
        until(lambda: not zombies(serving), seconds=2, what="no zombie")
        script = serving.container.attrs["Config"]["Cmd"][0].rpartition("/")[2]
        names = {name for _, name in processes(serving)}
        assert names <= {*LONG_LIVED, *SHORT_LIVED, script[:15]}

    def test_it_ends_soon_after_sigterm_with_the_log_closed(self, serving: Running) -> None:
        """The last one: nothing serves any more."""
        pid = serving.wait()["gateway"]["pid"]
        status, seconds = serving.terminate()
        assert status == 0
        assert seconds < 10
        stopped, _ = serving.container.get_archive("/data/loa/stopped")
        assert str(pid).encode() in b"".join(stopped)


def zombies(run: Running) -> list[str]:
    return [name for state, name in processes(run) if state == "Z"]


def processes(run: Running) -> list[tuple[str, str]]:
    """The state and the name of each process."""
    lines = run.exec("ps", "-eo", "s=,comm=").stdout.splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


@pytest.mark.parametrize(
    ("script", "setting", "recovers"),
    [
        (PRODUCTION, f"{VARIABLE}=1", False),
        (PRODUCTION, f"{VARIABLE}=0", True),
        (PRODUCTION, f"--unset={VARIABLE}", True),
        (DEVELOPMENT, f"{VARIABLE}=1", False),
        (DEVELOPMENT, f"{VARIABLE}=0", True),
        (DEVELOPMENT, f"--unset={VARIABLE}", False),
    ],
)
def test_recovery_runs_exactly_when_it_should(
    start: Start, workspace: Project, script: str, setting: str, *, recovers: bool
) -> None:
    identity = workspace.root / "grimoires/loa/identity.json"
    identity.unlink()
    run = start("env", setting, script)
    until(lambda: run.health().get("gateway"), seconds=120, what="the gateway is started")
    assert identity.exists() == recovers


# The gateway gives itself another name at once, so somebody has to look all the time from before.
# Without a program for each file: the name is there for moments only.
WATCH_ARGUMENTS = """
(until [[ ${seen:-} == *entry.*js\\ gateway* ]]; do
    for file in /proc/[0-9]*/cmdline; do
        mapfile -d '' words <"$file" && seen=${words[*]} && echo "$seen"
        [[ $seen == *entry.*js\\ gateway* ]] && break
    done >>/tmp/seen
done) 2>/dev/null &
exec "$0"
"""


@BOTH
def test_the_gateways_command_line_asks_for_verbosity_and_holds_no_token(
    start: Start, script: str
) -> None:
    run = start("bash", "-c", WATCH_ARGUMENTS, script)
    run.wait()
    seen = run.exec("cat", "/tmp/seen").stdout  # noqa: S108 -- in the container
    # What is read while one program takes another's place may begin with words of the one before.
    [command] = set(re.findall(r"^node .*entry\.m?js gateway.*\S", seen, re.MULTILINE))
    assert command.endswith("gateway --port 18789 --verbose") == (script == DEVELOPMENT)
    # The reloader's part in the gateway, and with it the debugger's port, is for development; the
    # gateway in one file too.
    assert ("preload.mjs" in command) == (script == DEVELOPMENT)
    assert ("clawdbot/dist/entry.js" in command) == (script == PRODUCTION)
    assert TOKEN not in seen


@BOTH
def test_a_gateway_that_hangs_does_not_hold_up_the_end(start: Start, script: str) -> None:
    run = start(script)
    pid = run.wait()["gateway"]["pid"]
    assert run.exec("kill", "-STOP", str(pid)).ok
    status, seconds = run.terminate()
    assert (status, seconds < 10) == (0, True)


@BOTH
def test_sigterm_during_recovery_ends_it_too(start: Start, workspace: Project, script: str) -> None:
    recovery = workspace.root / "deploy/loa-identity/recovery.ts"
    recovery.write_text('console.log("waiting"); setInterval(() => {}, 1000);\n', encoding="utf-8")
    run = start(script)
    until(lambda: "waiting" in run.log(), seconds=120, what="recovery has begun")
    status, seconds = run.terminate()
    assert (status, seconds < 10) == (0, True)


@BOTH
def test_without_a_token_it_says_where_one_belongs(start: Start, script: str) -> None:
    run = start(script, options=NO_TOKEN)
    assert run.end() == 2
    [line] = run.log().splitlines()
    assert re.search(r"CLAWDBOT_GATEWAY_TOKEN is not set.*\.env\.local", line)


def test_the_gateway_itself_refuses_to_serve_without_a_token(start: Start) -> None:
    run = start("/opt/loa/gateway/run.sh", options=NO_TOKEN)
    assert run.end() != 0
    assert "token" in run.log()
    assert "listening" not in run.log()


@pytest.mark.parametrize(
    ("script", "options"),
    [(PRODUCTION, Options()), (DEVELOPMENT, ENTR)],
    ids=["prod", "dev"],
)
def test_the_health_server_is_brought_back_alone_unless_it_never_stays(
    start: Start, script: str, options: Options
) -> None:
    run = start(script, options=options)
    before = run.wait()
    seconds_up = ["ps", "-o", "etimes=", "-p", pid_of(run, "health/server.mjs")]
    until(lambda: int(run.exec(*seconds_up).stdout) > 6, seconds=120, what="it has stayed up")
    assert run.exec("pkill", "-KILL", "--full", "health/server.mjs").ok
    after = run.wait()
    assert after["gateway"]["pid"] == before["gateway"]["pid"]
    assert run.exec("pkill", "-KILL", "--full", "health/server.mjs").ok
    assert run.end() == 1
    assert "the health server does not stay up" in run.log()


class TestProduction:
    def test_a_gateway_that_dies_ends_the_container_with_its_status(self, start: Start) -> None:
        run = start(PRODUCTION)
        assert run.exec("kill", "-KILL", str(run.wait()["gateway"]["pid"])).ok
        assert run.end() == 137
        assert "the gateway ended by itself, status 137" in run.log()

    def test_a_failed_recovery_is_loud_and_no_gateway_is_started(
        self, start: Start, workspace: Project
    ) -> None:
        spoil(workspace.root / "deploy/loa-identity/recovery.ts")
        run = start(PRODUCTION)
        assert run.end() == 1
        assert "recovery failed, so the gateway is not started" in run.log()
        assert "[gateway]" not in run.log()


class TestDevelopment:
    def test_a_failed_recovery_is_loud_and_somebody_can_look(
        self, start: Start, workspace: Project
    ) -> None:
        spoil(workspace.root / "deploy/loa-identity/recovery.ts")
        run = start(DEVELOPMENT)

        def is_named() -> bool:
            return "recovery.ts:1" in run.wait("broken")["error"]

        # On a busy machine the layer may be silent first, which is said as well.
        until(is_named, seconds=120, what="the broken file is named")
        assert "recovery failed; starting all the same" in run.log()

    def test_an_unknown_reloader_is_one_line(self, start: Start) -> None:
        run = start(DEVELOPMENT, options=Options(variables={"LOA_RELOADER": "nodemon"}))
        assert run.end() == 2
        [line] = run.log().splitlines()
        assert "LOA_RELOADER is 'nodemon'; it can be: handover, entr" in line


def spoil(path: Path) -> None:
    path.write_text("const x = ;;;(\n", encoding="utf-8")
