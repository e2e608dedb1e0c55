"""`harness gate` from the command line, on a checkout of its own."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness import process
from harness.acceptance import CRITERIA, checks_of
from harness.criteria.catalog import Catalog
from harness.criteria.environment import Checkout, HarnessInfo, ImageInfo, Machine, differing
from harness.criteria.evidence import CriterionEvidence, Evidence, EvidenceFile, RunInfo
from harness.owner import Owner
from harness.project import Project
from tests.conftest import REPOSITORY

HARNESS = Path(sys.executable).parent / "harness"
DIGEST, OTHER = f"sha256:{'d' * 64}", f"sha256:{'e' * 64}"


def gate(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [str(HARNESS), "gate", "--project", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def git(root: Path, *words: str) -> None:
    author = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    process.run(["git", "-C", root, *author, *words])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "harness.toml").touch()
    (tmp_path / ".gitignore").write_text(".harness/\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    return tmp_path


@pytest.fixture
def own(checkout: Path) -> Path:
    """A checkout that holds the harness which `gate_of` asks."""
    (checkout / ".gitignore").write_text(".harness/\n__pycache__/\n")
    shutil.copytree(REPOSITORY / "harness", checkout / "harness")
    (checkout / "acceptance").mkdir()
    shutil.copy(REPOSITORY / "acceptance" / CRITERIA, checkout / "acceptance")
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "-m", "the harness")
    return checkout


def gate_of(own: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "harness", "gate", "--project", str(own), *words]
    return subprocess.run(command, cwd=own, capture_output=True, text=True, check=False)


def test_without_evidence_each_criterion_is_a_line_and_the_status_is_1(checkout: Path) -> None:
    done = gate(checkout, "--require", "P0,P1")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 65
    assert done.stdout.startswith("G-1.1    no evidence: harness accept --criterion G-1.1\n")
    assert "\nUS-2.1   no evidence: harness accept --criterion US-2.1 --long\n" in done.stdout
    assert "\nNFR-2.1  no evidence: harness accept --criterion NFR-2.1 --long\n" in done.stdout
    assert done.stderr == (
        "error: 65 of 65 criteria lack evidence; "
        "gather it with `harness accept`, or with the command beside each\n"
    )


def test_as_json_each_criterion_has_its_problem(checkout: Path) -> None:
    done = gate(checkout, "--json")
    found = json.loads(done.stdout)
    assert {it["problem"] for it in found["criteria"]} == {"no evidence"}
    assert done.returncode == 1


def test_criteria_that_differ_from_the_base_are_told(own: Path) -> None:
    assert "differ" not in gate_of(own, "--base", "HEAD").stderr
    path = own / "acceptance" / CRITERIA
    path.write_text(path.read_text().replace('limit = "100 MB"', 'limit = "1 MB"'))
    git(own, "commit", "--quiet", "-a", "-m", "stricter")
    assert "FR-2.5: limit 100 MB → 1 MB" in gate_of(own, "--base", "HEAD~1").stderr


def test_a_base_without_the_criteria_is_said(own: Path) -> None:
    git(own, "rm", "--quiet", "--cached", f"acceptance/{CRITERIA}")
    git(own, "commit", "--quiet", "-m", "none")
    done = gate_of(own, "--base", "HEAD")
    assert done.returncode == 2
    assert "error: --base HEAD: git has no acceptance/criteria.toml there" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--base", "nowhere"], "--base nowhere: git knows no such commit"),
        (["--evidence", "/no/such"], "/no/such: no such file or directory"),
        (["--revision", "nowhere"], "--revision nowhere: git knows no such commit"),
        (["--github", "--evidence", "."], "and --evidence reads other; give one of them"),
        (["--require", "P7"], "'P7' is not P0, P1 or P0,P1"),
        (["--digest", "sha256:abc"], "--digest sha256:abc is no digest"),
    ],
)
def test_what_cannot_be_meant_is_said(checkout: Path, words: list[str], says: str) -> None:
    done = gate(checkout, *words)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())


def test_a_file_that_is_no_evidence_is_named(checkout: Path) -> None:
    path = checkout / ".harness" / "x.json"
    path.parent.mkdir()
    path.write_text("{}")
    done = gate(checkout, "--evidence", str(path))
    assert done.returncode == 2
    assert f"{path}: no evidence of version 1" in done.stderr


def test_what_is_left_out_of_a_directory_is_said_once(checkout: Path) -> None:
    place = checkout / ".harness" / "found"
    place.mkdir(parents=True)
    (place / "x.json").write_text("{}")
    assert gate(checkout, "--evidence", str(place)).stderr.count("x.json") == 1


def test_a_checkout_with_changes_is_no_revision_unless_one_is_named(checkout: Path) -> None:
    (checkout / "new").touch()
    done = gate(checkout)
    assert done.returncode == 1
    assert "what is released must be a commit, and 1 files differ from it" in done.stderr
    assert not done.stdout
    assert "G-1.1    no evidence" in gate(checkout, "--revision", "HEAD").stdout


@pytest.mark.parametrize("name", ["deploy/cloudflare/x.ts", "acceptance/local/test_x.py"])
def test_a_commit_is_not_asked_for_with_the_parts_of_another(checkout: Path, name: str) -> None:
    (checkout / name).parent.mkdir(parents=True)
    (checkout / name).touch()
    done = gate(checkout, "--revision", "HEAD")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"--revision HEAD: {name} differs from that commit here" in done.stderr
    git(checkout, "add", name)
    git(checkout, "commit", "--quiet", "-m", "two")
    assert f"--revision HEAD~1: {name} differs" in gate(checkout, "--revision", "HEAD~1").stderr


def test_nor_with_another_harness_where_the_checkout_holds_it(own: Path) -> None:
    assert "G-1.1    no evidence" in gate_of(own, "--revision", "HEAD").stdout
    (own / "harness" / "other.py").touch()
    done = gate_of(own, "--revision", "HEAD")
    assert (done.returncode, done.stdout) == (1, "")
    assert "--revision HEAD: harness/other.py differs from that commit here" in done.stderr


def test_what_differs_from_a_commit_is_found_whatever_git_knows_of_it(checkout: Path) -> None:
    parts = [".github/workflows/x.yml", "deploy/cloudflare/x.ts"]
    names = sorted([*parts, "acceptance/local/own.toml", "harness/x.py"])
    ours = [checkout / "harness", checkout / "acceptance" / "local", checkout.parent]
    project = Project(checkout)
    assert differing(project, "HEAD", ours) == []
    for name in [*names, "README.md"]:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).touch()
    assert differing(project, "HEAD", ours) == names
    git(checkout, "add", ".")
    assert differing(project, "HEAD", ours) == names
    git(checkout, "commit", "--quiet", "-m", "two")
    assert differing(project, "HEAD", ours) == []
    assert differing(project, "HEAD~1", ours) == names
    (checkout / names[1]).write_text("other")
    (checkout / names[0]).unlink()
    assert differing(project, "HEAD", ours) == names[:2]


def test_a_projects_own_criteria_are_the_base_branchs_too(checkout: Path) -> None:
    local = checkout / "acceptance" / "local" / "own.toml"
    local.parent.mkdir(parents=True)
    local.write_text(
        '[[criterion]]\nid = "X-1"\npriority = "P0"\nclaim = "holds"\nproof = "run"\n'
        'gate = "release"\nobserve = "something"\n'
    )
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "-m", "own")
    git(checkout, "rm", "--quiet", str(local))
    git(checkout, "commit", "--quiet", "-m", "without")
    assert "X-1 " not in gate(checkout).stdout
    done = gate(checkout, "--base", "HEAD~1")
    assert "X-1      no evidence" in done.stdout
    assert "X-1: removed" in done.stderr


def test_evidence_of_this_commit_that_all_passed_opens_the_gate(checkout: Path) -> None:
    found = _all_passed(Project.find(checkout))
    EvidenceFile(checkout / ".harness" / "evidence", "run").write(found)
    done = gate(checkout, "--require", "P0,P1", "--digest", DIGEST)
    assert (done.returncode, done.stdout) == (0, "65 of 65 criteria have passed\n"), done.stderr
    git(checkout, "commit", "--quiet", "--allow-empty", "-m", "two")
    assert gate(checkout, "--digest", DIGEST).returncode == 1
    assert gate(checkout, "--digest", DIGEST, "--revision", "HEAD~1").returncode == 0
    assert gate(checkout, "--digest", OTHER, "--revision", "HEAD~1").returncode == 1


def test_a_projects_own_check_that_changed_has_its_evidence_gathered_anew(checkout: Path) -> None:
    check = checkout / "acceptance" / "local" / "test_own.py"
    check.parent.mkdir(parents=True)
    check.write_text("def test_it(): assert True\n")
    found = _all_passed(Project.find(checkout))
    EvidenceFile(checkout / ".harness" / "evidence", "run").write(found)
    check.write_text("def test_it(): assert not True\n")
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "-m", "two")
    assert "G-1.3    the newest evidence is of another local check: " in gate(checkout).stdout


def _all_passed(checkout: Project) -> Evidence:
    now = datetime.now(UTC)
    passed = {"verdict": "passed", "reason": "", "measurements": []}
    check = {"check": "t", **passed, "observed": {}, "seconds": 1, "artifacts": []}
    criteria = [
        it.model_dump(include={"id", "priority", "gate", "claim", "limit"})
        | {**passed, "checks": [check]}
        for it in Catalog.load(checks_of() / CRITERIA)
    ]
    run = RunInfo(
        id="run", state="finished", started=now, ended=now, owner=str(Owner.me()), arguments=()
    )
    return Evidence(
        run=run,
        harness=HarnessInfo.observe(checks_of()),
        machine=Machine.observe(),
        engine=None,
        project=Checkout.observe(checkout),
        images={"runtime": ImageInfo(reference=f"registry/x@{DIGEST}", id="sha256:1")},
        faults=(),
        criteria=tuple(CriterionEvidence.model_validate(it) for it in criteria),
    )
