import os
from pathlib import Path

import pytest

from harness import fingerprint
from harness.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    files = {
        ".dockerignore": "deploy/dev/test\n**/*.test.*\n",
        ".env.local": "A=before\n",
        "deploy/Dockerfile": "FROM node:22 AS core\nCOPY deploy/gateway deploy/*.sh /opt/\n",
        "deploy/Dockerfile.dev": "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY deploy/dev /opt/dev\n",
        "deploy/gateway/package-lock.json": "before\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "deploy/loa-identity").mkdir()
    return Project(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "deploy/Dockerfile",
        "deploy/gateway/package-lock.json",
        ".env.local",
        "deploy/start-loa.sh",
        "docker-compose.dev.yml",
        ".env",
        ".dockerignore",
        "deploy/Dockerfile.dev.dockerignore",
    ],
)
def test_what_a_stack_is_made_from_changes_its_fingerprint(project: Project, name: str) -> None:
    before = fingerprint.of_stack(project)
    (project.root / name).write_text("after\n", encoding="utf-8")
    now = fingerprint.of_stack(project)
    assert fingerprint.digest(before) != fingerprint.digest(now)
    assert fingerprint.differences(project, before, now) == [name]


def test_mounted_sources_do_not(project: Project) -> None:
    before = fingerprint.of_stack(project)
    (project.root / "deploy/loa-identity/scheduler.ts").write_text("x", encoding="utf-8")
    assert fingerprint.of_stack(project) == before


@pytest.mark.parametrize("name", ["deploy/dev/test/x.mjs", "deploy/dev/x.test.mjs"])
def test_tests_do_not_since_no_build_sees_them(project: Project, name: str) -> None:
    before = fingerprint.of_stack(project)
    path = project.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    assert fingerprint.of_stack(project) == before


def test_a_removed_file_is_a_difference(project: Project) -> None:
    before = fingerprint.of_stack(project)
    (project.root / ".env.local").unlink()
    assert fingerprint.differences(project, before, fingerprint.of_stack(project)) == [".env.local"]


def test_where_a_dockerfile_changed_what_only_follows_from_it_is_not_named(
    project: Project,
) -> None:
    for name in ("deploy/gateway/package-lock.json", "deploy/other.mjs"):
        (project.root / name).write_text("there\n", encoding="utf-8")
    before = fingerprint.of_stack(project)
    (project.root / "deploy/Dockerfile").write_text(
        "FROM node:22 AS core\nCOPY deploy/other.mjs deploy/gateway /opt/\n", encoding="utf-8"
    )
    (project.root / "deploy/gateway/package-lock.json").write_text("after\n", encoding="utf-8")
    now = fingerprint.of_stack(project)
    assert "deploy/other.mjs" in now.keys() - before.keys()
    expected = ["deploy/Dockerfile", "deploy/gateway/package-lock.json"]
    assert fingerprint.differences(project, before, now) == expected
    (project.root / "deploy/Dockerfile").write_text("half of", encoding="utf-8")
    now = fingerprint.of_stack(project)
    assert fingerprint.differences(project, before, now) == ["deploy/Dockerfile"]


def test_a_large_file_is_read_again_only_when_it_was_written(project: Project) -> None:
    model = project.root / "deploy/gateway/model.bin"
    model.write_bytes(bytes(1 << 21))
    before = fingerprint.of_stack(project)
    assert fingerprint.of_stack(project) == before
    model.write_bytes(bytes(1 << 21) + b"more")
    now = fingerprint.of_stack(project)
    assert fingerprint.differences(project, before, now) == ["deploy/gateway/model.bin"]


def test_a_name_that_is_no_text_and_what_is_no_file_end_nothing(project: Project) -> None:
    directory = os.fsencode(project.root / "deploy/gateway")
    Path(os.fsdecode(directory + b"/\xff.bin")).write_bytes(b"x")
    os.mkfifo(project.root / "deploy/gateway/fifo")
    (project.root / "deploy/gateway/link").symlink_to("fifo")
    parts = fingerprint.of_stack(project)
    assert len(fingerprint.digest(parts)) == 64
    assert "deploy/gateway/fifo" not in parts


def test_where_a_link_leads_and_who_may_run_a_file_change_it(project: Project) -> None:
    gateway = project.root / "deploy/gateway"
    (gateway / "current").symlink_to("one")
    before = fingerprint.of_stack(project)
    (gateway / "current").unlink()
    (gateway / "current").symlink_to("two")
    (gateway / "package-lock.json").chmod(0o755)
    (project.root / ".env.local").chmod(0o600)
    now = fingerprint.of_stack(project)
    expected = ["deploy/gateway/current", "deploy/gateway/package-lock.json"]
    assert fingerprint.differences(project, before, now) == expected


def test_a_file_that_goes_while_it_is_read_counts_as_gone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint.of_stack(project)
    read = Path.read_bytes

    def replaced(path: Path) -> bytes:
        if path.name == "Dockerfile":
            path.unlink()
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", replaced)
    now = fingerprint.of_stack(project)
    assert fingerprint.differences(project, before, now) == ["deploy/Dockerfile"]


def test_the_contents_of_credentials_are_not_in_it(project: Project) -> None:
    (project.root / ".env.local").write_text("A_TOKEN=canary\n", encoding="utf-8")
    assert "canary" not in str(fingerprint.of_stack(project))


@pytest.mark.parametrize("name", ["LOA_RELOADER", "BEAUVOIR_DEV_MODE"])
def test_what_the_shell_chooses_changes_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(name, raising=False)
    before = fingerprint.of_stack(project)
    monkeypatch.setenv(name, "another")
    assert fingerprint.differences(project, before, fingerprint.of_stack(project)) == [name]
