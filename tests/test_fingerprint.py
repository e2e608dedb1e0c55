from pathlib import Path

import pytest

from harness import fingerprint
from harness.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("deploy/Dockerfile", "deploy/gateway/package-lock.json", ".env.local"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("before\n", encoding="utf-8")
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
    ],
)
def test_what_a_stack_is_made_from_changes_its_fingerprint(project: Project, name: str) -> None:
    before = fingerprint.of_stack(project)
    (project.root / name).write_text("after\n", encoding="utf-8")
    now = fingerprint.of_stack(project)
    assert fingerprint.digest(before) != fingerprint.digest(now)
    assert fingerprint.differences(before, now) == [name]


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
    assert fingerprint.differences(before, fingerprint.of_stack(project)) == [".env.local"]


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
    assert fingerprint.differences(before, now) == ["deploy/Dockerfile"]


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
    assert fingerprint.differences(before, fingerprint.of_stack(project)) == [name]
