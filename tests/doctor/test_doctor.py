"""Each finding says what is there, or what is missing and what mends it."""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import namedtuple
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from typer import Exit

from harness.commands import doctor as command
from harness.console import log
from harness.docker import images
from harness.docker.images import ImageFacts
from harness.doctor import engine, machine, project
from harness.doctor.finding import Check, Finding, Status, Subject, examine
from harness.engine import clients, discover, ping, remains
from harness.engine.clients import Plugin
from harness.engine.ping import Answer
from harness.errors import EngineError, ToolError
from harness.ports import free_port
from harness.process import Completed
from harness.project import Project
from tests.engine import fake

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 -- as shutil returns it


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user with nothing, in a directory short enough for sockets."""
    place = Path(tempfile.mkdtemp(prefix="d", dir="/tmp"))
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "HARNESS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(place / "cache"))
    monkeypatch.setattr(discover, "_sockets", lambda: [("the system's", place / "docker.sock")])
    yield place
    shutil.rmtree(place)


@pytest.fixture
def checkout(place: Path) -> Project:
    root = place / "checkout"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / ".gitignore").write_text(".env.local\n")
    (root / "harness.toml").write_text(
        f"[ports]\nhealth = {free_port()}\ngateway = {free_port()}\n"
    )
    return Project(root)


def look(check: Check, subject: Project | None = None) -> list[Finding]:
    return list(examine(Subject(subject), [check]))


def one(check: Check, subject: Project | None = None) -> Finding:
    found = look(check, subject)
    assert len(found) == 1
    return found[0]


def test_an_engine_that_answers_is_named(place: Path) -> None:
    with fake.engine(place / "docker.sock", version="27.1", rootless=True) as host:
        finding = one(engine.engine)

    assert finding == Finding("engine", Status.OK, f"27.1 (the system's, rootless) at {host}")


@pytest.mark.usefixtures("place")
def test_no_engine_where_one_can_be_started_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.engine.machine.check", lambda: None)

    finding = one(engine.engine)

    assert finding.status is Status.WARN
    assert finding.mend == "harness engine up"


@pytest.mark.usefixtures("place")
def test_no_engine_where_none_can_be_started_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    finding = one(engine.engine)

    assert finding.status is Status.MISSING
    assert "only root" in finding.detail
    assert "DOCKER_HOST" in finding.mend


def test_an_engine_that_hangs_is_missing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ping, "_PATIENCE", 0.2)
    with fake.hanging(place / "docker.sock"):
        finding = one(engine.engine)

    assert finding.status is Status.MISSING
    assert "restart" in finding.mend


@pytest.mark.usefixtures("place")
def test_another_engine_that_is_not_found_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("harness.engine.sources.codename", lambda: "bookworm")
    monkeypatch.setattr(remains, "rivals", lambda _: [psutil.Process()])

    finding = one(engine.engine)

    assert finding.status is Status.MISSING
    assert "DOCKER_HOST" in finding.mend


@pytest.mark.parametrize(
    ("version", "status"),
    [("v2.30.1", Status.OK), ("0.11.2", Status.WARN), (None, Status.WARN)],
)
@pytest.mark.usefixtures("place")
def test_plugins_that_do_not_fit_are_said(
    monkeypatch: pytest.MonkeyPatch, version: str | None, status: Status
) -> None:
    def find_plugin(name: str) -> Plugin | None:
        return Plugin(name, Path("/p") / name, version) if version else None

    monkeypatch.setattr(clients, "find_plugin", find_plugin)
    monkeypatch.setattr("harness.engine.machine.check_packages", lambda: None)

    assert {it.name: it.status for it in look(engine.plugins)} == {
        "compose": status,
        "buildx": status,
    }


@pytest.mark.parametrize("answers", [True, False])
def test_who_is_not_root_is_told_only_what_works_for_them(
    place: Path, monkeypatch: pytest.MonkeyPatch, *, answers: bool
) -> None:
    monkeypatch.setattr(clients, "find_plugin", lambda _: None)
    monkeypatch.setattr("harness.engine.machine.check_packages", lambda: None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with fake.engine(place / "docker.sock") if answers else nullcontext():
        findings = look(engine.plugins)

    assert {it.status for it in findings} == {Status.WARN}
    assert {it.mend == "harness engine up" for it in findings} == {answers}
    assert answers or {"docs.docker.com" in it.mend for it in findings} == {True}


@pytest.mark.usefixtures("place")
def test_plugins_that_cannot_be_had_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def check_packages() -> None:
        raise EngineError("no Debian")

    monkeypatch.setattr(clients, "find_plugin", lambda _: None)
    monkeypatch.setattr("harness.engine.machine.check_packages", check_packages)

    assert {it.status for it in look(engine.plugins)} == {Status.MISSING}


@pytest.mark.parametrize(
    ("free", "status"), [(4, Status.MISSING), (8, Status.WARN), (50, Status.OK)]
)
def test_a_disk_that_is_nearly_full_is_said(
    place: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: Status
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free * 10**9))
    with fake.engine(place / "docker.sock"):
        finding = one(engine.room)

    assert finding.status is status
    assert f"{free} GB free at {place}" in finding.detail


@pytest.mark.parametrize(
    ("free", "status"), [(0, Status.MISSING), (2, Status.WARN), (4, Status.OK)]
)
def test_a_caches_disk_that_is_nearly_full_is_said(
    place: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: Status
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free * 10**9))
    finding = one(machine.cache)
    assert finding.status is status
    assert f"{free} GB free at {place}/cache" in finding.detail
    assert ("HARNESS_CACHE_DIR" in finding.mend) is (status is not Status.OK)
    assert list((place / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_made_is_missing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "file").touch()
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(place / "file/cache"))
    finding = one(machine.cache)
    assert finding.status is Status.MISSING
    assert "HARNESS_CACHE_DIR" in finding.mend


@pytest.mark.parametrize(("memory", "status"), [(2, Status.WARN), (4, Status.OK)])
@pytest.mark.usefixtures("place")
def test_too_little_memory_is_said(
    monkeypatch: pytest.MonkeyPatch, memory: int, status: Status
) -> None:
    answer = Answer("1", rootless=False, data_root="/", memory=memory * 2**30)
    monkeypatch.setattr(discover, "ask", lambda _: answer)

    assert one(engine.memory).status is status


def test_a_taken_port_names_who_holds_it(checkout: Project) -> None:
    assert one(project.published_ports, checkout).status is Status.OK
    health, gateway = checkout.config.ports.health, checkout.config.ports.gateway
    with (
        socket.create_server(("127.0.0.1", health)),
        socket.create_server(("127.0.0.1", gateway)),
    ):
        finding = one(project.published_ports, checkout)

    assert (finding.name, finding.status) == ("free ports", Status.MISSING)
    assert f"port {health} is held by " in finding.detail
    assert f"; port {gateway} is held by " in finding.detail
    assert "--ports" in finding.mend


BASE = {"RepoTags": ["loa-harness/core:1"], "RootFS": {"Layers": ["a", "b"]}}
OTHER = {"RepoTags": ["loa-harness/core:2"], "RootFS": {"Layers": ["a", "c"]}}


@pytest.mark.parametrize(
    ("layers", "then"),
    [
        (["a", "b", "d"], "; loa-harness/core:1 is used, built here"),
        (["x"], ": `make dev` pulls it, or builds one"),
        (None, ": `make dev` pulls it, or builds one"),
    ],
)
def test_the_image_that_is_used_instead_is_named(
    checkout: Project, monkeypatch: pytest.MonkeyPatch, layers: list[str] | None, then: str
) -> None:
    used = ImageFacts("sha256:1", "linux/amd64", {}, tuple(layers or ()), 1, ())
    container = SimpleNamespace(attrs={"Image": used.id}) if layers else None
    published = checkout.config.image.published
    monkeypatch.setattr(Subject, "engine", object())
    monkeypatch.setattr(project, "container_of", lambda *_: container)
    built = [SimpleNamespace(attrs=it, tags=it["RepoTags"]) for it in (OTHER, BASE)]
    monkeypatch.setattr(images, "images_of", lambda *_: built)
    monkeypatch.setattr(images, "inspect", lambda _, name: used if name == used.id else None)
    assert one(project.base_image, checkout).detail == f"{published} is not on the engine{then}"


@pytest.mark.parametrize(
    ("mode", "status"), [(0o600, Status.OK), (0o644, Status.WARN), (0o660, Status.WARN)]
)
def test_credentials_that_others_can_read_are_said(
    checkout: Project, mode: int, status: Status
) -> None:
    path = checkout.root / ".env.local"
    path.write_text("A=1\n")
    path.chmod(mode)

    finding = one(project.credentials, checkout)

    assert finding.status is status
    assert ("chmod 600" in finding.mend) is (status is Status.WARN)


def test_credentials_that_git_would_commit_are_missing_their_line(checkout: Project) -> None:
    (checkout.root / ".gitignore").unlink()

    finding = look(project.credentials, checkout)[0]

    assert finding.status is Status.MISSING
    assert finding.mend == "echo .env.local >> .gitignore"


def test_no_line_says_that_git_ignores_what_it_would_commit(checkout: Project) -> None:
    (checkout.root / ".gitignore").unlink()
    path = checkout.root / ".env.local"
    path.touch(0o600)

    missing, there = look(project.credentials, checkout)

    assert missing.status is Status.MISSING
    assert there.detail == "there, mode 0600"


def test_a_malformed_line_is_named_and_not_shown(checkout: Project) -> None:
    (checkout.root / ".env.local").write_text("A=1\nsk-secret\n")

    finding = one(project.credentials, checkout)

    assert finding.status is Status.MISSING
    assert ".env.local:2" in finding.detail
    assert "sk-secret" not in finding.detail


def test_a_malformed_configuration_is_one_finding(checkout: Project) -> None:
    (checkout.root / "harness.toml").write_text("[ports]\nhealth = 'x'\n")

    finding = one(project.checkout, checkout)

    assert finding.status is Status.MISSING
    assert "harness.toml:2" in finding.detail


def test_a_pattern_that_names_none_of_the_layers_files_is_said(checkout: Project) -> None:
    layer = checkout.layer
    layer.mkdir(parents=True)
    (layer / "scheduler.ts").touch()
    assert one(project.watching, checkout).status is Status.OK
    with (checkout.root / "harness.toml").open("a", encoding="utf-8") as file:
        file.write("[watch]\ninclude = ['src/**/*.ts']\n")

    finding = one(project.watching, Project(checkout.root))

    assert finding.status is Status.WARN
    assert finding.detail.startswith("watch.include (harness.toml:5): no file of ")


def test_a_program_that_is_not_there_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    finding = one(machine.make)

    assert finding.status is Status.MISSING
    assert "apt-get install make" in finding.mend


def test_a_program_that_breaks_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> None:
        raise ToolError("git failed (status 127)")

    monkeypatch.setattr("harness.process.run", run)

    assert one(machine.git).status is Status.MISSING


def test_a_program_that_says_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.process.run", lambda *_, **__: Completed(0, "\n", ""))

    finding = one(machine.git)

    assert finding.status is Status.MISSING
    assert "says no version" in finding.detail


def test_a_bundle_that_is_not_there_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CA_BUNDLE", "/nonesuch.pem")

    finding = one(machine.build_files)

    assert finding.status is Status.MISSING
    assert "/nonesuch.pem" in finding.detail


def run_doctor(monkeypatch: pytest.MonkeyPatch, *findings: Finding, json: bool) -> int:
    monkeypatch.setattr(command, "CHECKS", [lambda _: findings])
    try:
        command.doctor(project=None, json=json)
    except Exit as end:
        return end.exit_code
    finally:
        log.json_mode = False
    return 0


GOOD = Finding("a", Status.OK, "fine")
BAD = Finding("b", Status.MISSING, "gone", "get it")
SO_SO = Finding("c", Status.WARN, "old", "renew it")


def test_only_what_is_missing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_doctor(monkeypatch, GOOD, SO_SO, json=False) == 0
    assert run_doctor(monkeypatch, GOOD, BAD, json=False) == 1


def test_each_finding_is_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_doctor(monkeypatch, GOOD, BAD, json=False)

    assert capsys.readouterr().out.splitlines() == [
        "ok      a             fine",
        "missing b             gone  -> get it",
        "missing: b",
    ]


def test_a_long_name_widens_the_column(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_doctor(monkeypatch, GOOD, Finding("cloudflare.directory", Status.WARN, "no"), json=False)

    assert capsys.readouterr().out.splitlines()[:2] == [
        "ok      a                     fine",
        "warn    cloudflare.directory  no",
    ]


def test_json_says_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_doctor(monkeypatch, GOOD, BAD, json=True) == 1

    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    expected = {"name": "b", "status": "missing", "detail": "gone", "mend": "get it"}
    assert said["findings"][1] == expected


def test_it_works_outside_a_checkout_and_says_so(place: Path) -> None:
    words = [sys.executable, "-c", "from harness.cli import main; main()", "doctor", "--json"]
    done = subprocess.run(words, cwd=place, capture_output=True, text=True, check=False)

    names = {it["name"]: it["status"] for it in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert names["python"] == "ok"
    assert names["checkout"] == "missing"
    assert "ports" not in names
