"""This repository's own workflows: GitHub takes them, and each of their commands exists."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import process
from harness.github.workflow import Step, Workflow, workflows
from harness.github.workflow_shell import commands
from tests.cli_words import unknown

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
NAMES = workflows(ROOT)
ACTIONS = sorted(
    it.relative_to(ROOT).as_posix() for it in ROOT.glob(".github/actions/*/action.yml")
)
DEPLOY = ".github/workflows/cloudflare-deploy.yml"


def steps(name: str) -> Iterator[Step]:
    for job in Workflow.read(ROOT, name).all_jobs():
        yield from job.steps()


def check(kind: str, path: Path) -> process.Completed:
    schema = f"vendor.github-{kind}"
    return process.run([TOOLS / "check-jsonschema", "--builtin-schema", schema, path], check=False)


def zizmor(*paths: Path) -> process.Completed:
    settings = f"--config={ROOT / '.github' / 'zizmor.yml'}"
    words = ["--offline", "--no-progress", "--persona=auditor", settings]
    return process.run([TOOLS / "zizmor", *words, *paths], check=False)


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """Return a copy of the deploying workflow with a mistake in it."""
    text, path = (ROOT / DEPLOY).read_text(encoding="utf-8"), tmp_path / "deploy.yml"
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def actionlint(*paths: Path) -> process.Completed:
    return process.run([TOOLS / "actionlint", "-no-color", *paths], cwd=ROOT, check=False)


def test_a_linter_that_knows_types_and_contexts_finds_nothing() -> None:
    done = actionlint()
    assert done.ok, done.stdout


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("needs.build.outputs.image", "needs.build.outputs.imge", '"imge" is not defined'),
        ("needs: build", "needs: biuld", '"biuld" which does not exist'),
        ("needs.deploy.result", "needs.deploy.outcome", '"outcome" is not defined'),
        ("toJSON(needs)", "asJSON(needs)", "undefined function"),
        ("ubuntu-latest", "ubuntu-newest", '"ubuntu-newest" is unknown'),
    ],
)
def test_the_linter_finds_one_that_is_made(
    tmp_path: Path, old: str, new: str, finding: str
) -> None:
    done = actionlint(changed(tmp_path, old, new))
    assert not done.ok
    assert finding in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_githubs_schema(name: str) -> None:
    done = check("workflows", ROOT / name)
    assert done.ok, done.stdout


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_fits_githubs_schema(name: str) -> None:
    done = check("actions", ROOT / name)
    assert done.ok, done.stdout


def test_a_key_that_github_does_not_know_does_not_fit(tmp_path: Path) -> None:
    assert not check("workflows", changed(tmp_path, "timeout-minutes", "timeout-minuets")).ok


def test_an_auditor_finds_no_way_in() -> None:
    done = zizmor(*(ROOT / name for name in (*NAMES, *ACTIONS)))
    assert done.ok, done.stdout


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (
            "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 #",
            "actions/checkout@v4 #",
            "unpinned-uses",
        ),
        ('"$IMAGE"', '"${{ github.event.head_commit.message }}"', "template-injection"),
        ("permissions: {}", "permissions: write-all", "excessive-permissions"),
        ("persist-credentials: false", "persist-credentials: true", "artipacked"),
    ],
)
def test_the_auditor_finds_one_that_is_made(
    tmp_path: Path, old: str, new: str, finding: str
) -> None:
    done = zizmor(changed(tmp_path, old, new))
    assert not done.ok
    assert finding in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_each_command_of_the_harness_exists_with_its_options(name: str) -> None:
    called = [it.names for step in steps(name) for it in commands(step.run) if it.words]
    ours = [words for words in called if Path(words[0]).name == "harness"]
    assert ours
    assert not [it for words in ours if (it := unknown(words))]


@pytest.mark.parametrize(
    "words", ["harness nothing", "harness gate --digset x", "harness engine sideways", "harness"]
)
def test_one_that_does_not_exist_is_found(words: str) -> None:
    assert unknown(words.split())


@pytest.mark.parametrize("name", NAMES)
def test_actions_are_pinned_by_commit_with_their_version_beside(name: str) -> None:
    text = "\n".join((ROOT / it).read_text(encoding="utf-8") for it in (name, *ACTIONS))
    used = re.findall(r"^ *(?:- )?uses: (?!\./)(.*)", text, re.MULTILINE)
    assert used
    assert not [it for it in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", it)]


def test_a_step_of_the_release_is_one_command() -> None:
    for job in Workflow.read(ROOT, DEPLOY).all_jobs():
        for step in job.own_steps:
            if step.run:
                names = [Path(it.names[0]).name for it in commands(step.run) if it.words]
                assert names == ["harness"], step.place


def test_what_act_does_not_run_is_as_it_must_be() -> None:
    workflow = Workflow.read(ROOT, DEPLOY)
    assert workflow.document["permissions"] == {}
    assert workflow.document["concurrency"]["cancel-in-progress"] is False
    for job in workflow.jobs.values():
        assert job.document["permissions"].items() >= {("contents", "read")}, job.id
        takes_cloudflare = any("CLOUDFLARE_API_TOKEN" in it.env for it in job.own_steps)
        assert (job.document.get("environment") == "production") == takes_cloudflare, job.id
