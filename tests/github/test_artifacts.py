"""Evidence that runs on GitHub left: what is fetched, and whose word is not taken."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.criteria.environment import Checkout, HarnessInfo, Machine
from harness.criteria.evidence import Evidence, RunInfo
from harness.github.api import GitHubError, repository
from harness.github.artifacts import fetch
from harness.github.here import Here
from harness.github.rehearsal.github import Stage, github
from harness.github.rehearsal.state import Fault
from harness.owner import Owner

COMMIT = "a" * 40
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def of_run(name: str) -> Evidence:
    return Evidence(
        run=RunInfo(
            id=name,
            state="finished",
            started=NOW,
            ended=NOW,
            owner=str(Owner.me()),
            arguments=(),
        ),
        harness=HarnessInfo(version="1", fingerprint="f"),
        machine=Machine.observe(),
        engine=None,
        project=Checkout(name="app", revision=COMMIT, changed=0),
        images={},
        faults=(),
        criteria=(),
    )


def archive(**files: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as found:
        for name, text in files.items():
            found.writestr(name, text)
    return written.getvalue()


def artifact(number: int, **changes: object) -> tuple[dict[str, Any], bytes]:
    run = {"repository_id": 1, "head_repository_id": 1, "head_branch": "main"}
    told = {
        "id": number,
        "name": "evidence",
        "expired": False,
        "created_at": f"{NOW - timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}",
        "workflow_run": run | {it: changes.pop(it) for it in tuple(changes) if it in run},
    }
    text = of_run(f"run-{number}").model_dump_json()
    names = {f"run-{number}.json": text, "latest.json": text, "run/check/found.json": "{}"}
    return told | changes, archive(**names)


def fetched(stage: Stage, into: Path) -> list[str]:
    with repository(Here.of(stage.environment(COMMIT))) as there:
        return [it.name for it in fetch(there, into / "evidence", NOW, WEEK)]


def test_of_main_and_of_a_week_it_is_taken_and_else_it_is_not(tmp_path: Path) -> None:
    with github({COMMIT: []}) as stage:
        stage.state.artifacts = [
            artifact(1),
            artifact(2, head_branch="feature"),
            artifact(3, head_repository_id=2),  # a fork's branch may be called main too
            artifact(4, expired=True),
            artifact(5, name="other"),
            artifact(6),
            artifact(8),
            # What GitHub's schema allows, for a run or a fork that was deleted.
            artifact(2, workflow_run=None),
            artifact(2, workflow_run={}),
            artifact(2, head_repository_id=None),
            artifact(2, repository_id=None, head_repository_id=None),
            artifact(2, created_at=None),
        ]
        assert fetched(stage, tmp_path) == ["run-1.json", "run-6.json"]
    assert len(list((tmp_path / "evidence").iterdir())) == 2


def test_what_is_no_evidence_is_told_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with github({COMMIT: []}) as stage:
        told, _ = artifact(1)
        broken = archive(**{"old.json": json.dumps({"schema_version": 0})})
        stage.state.artifacts = [(told, broken), artifact(2)]
        assert fetched(stage, tmp_path) == ["run-2.json"]
    assert "left out: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:20],
        lambda whole: whole.replace(b"\x08\x00", b"\x0e\x00"),  # another method
        lambda whole: b"".join((whole[:45], b"\xff" * 10, whole[55:])),
    ],
)
def test_what_comes_damaged_is_told_and_leaves_nothing(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    with github({COMMIT: []}) as stage:
        told, whole = artifact(1)
        stage.state.artifacts = [(told, damage(whole))]
        with pytest.raises(GitHubError, match=r"an artifact came damaged: .+; run the gate again"):
            fetched(stage, tmp_path)
    assert not list((tmp_path / "evidence").iterdir())


def test_a_token_that_may_not_read_them_is_an_error(tmp_path: Path) -> None:
    with github({COMMIT: []}) as stage:
        stage.state.faults = [Fault("GET", "*/artifacts", 403)]
        with pytest.raises(GitHubError, match="HTTP 403"):
            fetched(stage, tmp_path)
