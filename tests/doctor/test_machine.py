"""The engine, its clients and the machine: there, missing, or nearly full."""

import os
import shutil
from collections import namedtuple
from contextlib import nullcontext
from pathlib import Path

import psutil
import pytest

from harness.doctor import engine, machine
from harness.doctor.finding import Finding, Status, Subject
from harness.engine import clients, discover, ping, remains
from harness.engine.clients import Plugin
from harness.engine.ping import Answer
from harness.errors import EngineError
from tests.doctor.looking import look, one
from tests.engine import fake

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 -- as shutil returns it


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


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can be somebody else for a moment")
def test_where_the_engine_keeps_images_need_not_be_for_everybodys_eyes(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = place / "hidden/100000.100000"
    hidden.mkdir(parents=True)
    hidden.parent.chmod(0o710)
    answer = Answer("1", rootless=False, data_root=str(hidden), memory=2**33)
    monkeypatch.setattr(discover, "ask", lambda _: answer)
    subject = Subject(None)
    assert subject.located

    os.seteuid(65534)
    try:
        [finding] = engine.room(subject)
    finally:
        os.seteuid(0)

    assert finding.status is Status.OK


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
