"""Each finding says what is there, or what is missing and what mends it."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer import Exit

from harness.commands import doctor as command
from harness.console import log
from harness.docker import images
from harness.docker.images import ImageFacts
from harness.doctor import machine, project
from harness.doctor.finding import Finding, Status, Subject
from harness.errors import ToolError
from harness.process import Completed
from harness.project import Project
from tests.doctor.looking import look, one


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
