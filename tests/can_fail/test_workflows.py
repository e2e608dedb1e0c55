"""The checks that read workflows, on small edits of a sound checkout's own files."""

import shutil
from pathlib import Path

import pytest

from harness.criteria.catalog import Catalog
from harness.criteria.facts import critical_path, secret_use, trigger
from harness.criteria.judge import workflow as judge
from harness.criteria.verdict import Verdict
from harness.project import Project
from tests.can_fail.checkout import (
    WORKFLOW,
    Edit,
    Found,
    Recorder,
    edit,
    having,
    is_caught,
    is_sound,
)

ROOT = Path(__file__).parents[2]
CATALOG = Catalog.load(ROOT / "acceptance" / "criteria.toml")
LOGIN = ".github/actions/registry-login/action.yml"
OTHER = ".github/workflows/ship.yml"
ELSEWHERE = "octo/deploys/.github/workflows/cloudflare.yml@v1"

PUSH = """  push:
    branches: [main]
    paths:
      - "deploy/**"
      - ".claude/**"
      - "grimoires/**"
"""
RUN = "run: make deploy-cf"
SECRET = "CLOUDFLARE_API_TOKEN: ${{ secrets.CLOUDFLARE_API_TOKEN }}"


def push(on: str) -> str:
    return f"  push:\n{on}"


ALL_THREE = "G-2.1 FR-5.1 FR-5.2"

WRONG = (
    Edit("another branch", ALL_THREE, "branches: [main]", "branches: [master]"),
    Edit("on: true", "FR-5.1", "\non:\n", "\ntrue:\n"),
    Edit("only a comment says push", ALL_THREE, PUSH, "  # push: {branches: [main]}\n"),
    Edit("no paths", ALL_THREE, PUSH, push("    branches: [main]\n")),
    Edit("no branches", "G-2.1 FR-5.1", "    branches: [main]\n", ""),
    Edit("tags too", "G-2.1 FR-5.1", "branches: [main]", "branches: [main]\n    tags: ['**']"),
    Edit("one star", ALL_THREE, '"deploy/**"', '"deploy/*"'),
    Edit("a directory's name", ALL_THREE, '".claude/**"', '".claude"'),
    Edit("taken out again", ALL_THREE, '"grimoires/**"\n', '"grimoires/**"\n      - "!**.md"\n'),
    Edit("a job that never runs", ALL_THREE, "needs: build", "needs: build\n    if: false"),
    Edit("a step that never runs", ALL_THREE, RUN, f"if: github.ref == 'main'\n        {RUN}"),
    Edit(
        "behind a job that does not run", ALL_THREE, "  build:\n", "  build:\n    if: failure()\n"
    ),
    Edit(
        "far behind a job that does not run",
        ALL_THREE,
        "  build:\n",
        "  gate:\n    if: github.event_name == 'pull_request'\n    timeout-minutes: 1\n"
        "    steps: [{run: 'true'}]\n"
        "  build:\n    needs: gate\n    if: ${{ !failure() && !cancelled() }}\n",
    ),
    Edit("no time limit", "G-2.2", "    timeout-minutes: 4\n    environment", "    environment"),
    Edit("too long", "G-2.2", "timeout-minutes: 1", "timeout-minutes: 3"),
    Edit("in the script", "NFR-4.3", RUN, "run: T=${{ secrets.CLOUDFLARE_API_TOKEN }} make x"),
    Edit("on the command line", "NFR-4.3", RUN, 'run: make deploy-cf T="$CLOUDFLARE_API_TOKEN"'),
    Edit("for the whole job", "NFR-4.3", "environment: production", f"env:\n      {SECRET}"),
    Edit("written out", "NFR-4.3", SECRET, "CLOUDFLARE_API_TOKEN: v1f00ba2b1f00ba2b1f00ba2"),
    Edit("in the variables", "NFR-4.3", SECRET, SECRET.replace("{ secrets.", "{ vars.")),
    Edit("the login shows it", "NFR-4.3", "printf '%s' \"$PASSWORD\" | ", "printenv; ", LOGIN),
    Edit("the login takes it as a word", "NFR-4.3", "--password-stdin", '-p "$PASSWORD"', LOGIN),
    Edit("an output", "NFR-4.3", RUN, 'run: echo "t=$CLOUDFLARE_API_TOKEN" >>"$GITHUB_OUTPUT"'),
    Edit(
        "an output by a here-document",
        "NFR-4.3",
        RUN,
        "run: |\n          cat <<EOF >>$GITHUB_OUTPUT\n          t=$CLOUDFLARE_API_TOKEN\n"
        "          EOF",
    ),
    Edit(
        "an output by tee",
        "NFR-4.3",
        RUN,
        'run: echo "t=$CLOUDFLARE_API_TOKEN" | tee -a "$GITHUB_OUTPUT"',
    ),
    Edit("said by cat", "NFR-4.3", RUN, 'run: cat <<< "$CLOUDFLARE_API_TOKEN"'),
    Edit(
        "written out in the script",
        "NFR-4.3",
        RUN,
        "run: export CLOUDFLARE_API_TOKEN=v1f00ba2b1f00ba2b1f00ba2 && make deploy-cf",
    ),
    Edit(
        "a service's image",
        "NFR-4.3",
        "environment: production",
        "services:\n      db: {image: a, credentials: {username: me, password: hunter}}",
    ),
    Edit(
        "a build argument", "NFR-4.3", RUN, "run: docker build --build-arg CLOUDFLARE_API_TOKEN ."
    ),
)

RIGHT = (
    Edit(
        "patterns in flow style",
        "",
        PUSH,
        "  push: {branches: main, paths: [deploy/**, .claude/**, grimoires/**]}\n",
    ),
    Edit("a pattern for the branch", "", "[main]", "['ma+in', '!maain']"),
    Edit(
        "everything but the rest", "", '- "deploy/**"', "- '**'\n      - '!**'\n      - deploy/**"
    ),
    Edit(
        "a condition instead", "", "needs: build", "needs: build\n    if: github.ref_name == 'main'"
    ),
    Edit(
        "after all that did not fail",
        "",
        "needs: build",
        "needs: build\n    if: always() && !contains(needs.*.result, 'failure')",
    ),
    Edit("limits of steps", "", "    timeout-minutes: 1\n", "    timeout-minutes: 2\n"),
    Edit("wrangler itself", "", RUN, "run: cd deploy && npx wrangler deploy --env production"),
    Edit("a note of it", "", RUN, f"{RUN} # CLOUDFLARE_API_TOKEN=$CLOUDFLARE_API_TOKEN"),
    Edit("asked for before", "", RUN, 'run: test -n "$CLOUDFLARE_API_TOKEN" && make deploy-cf'),
    Edit(
        "a here-document without variables",
        "",
        RUN,
        "run: |\n          cat <<'EOF'\n          $CLOUDFLARE_API_TOKEN\n          EOF\n"
        "          make deploy-cf",
    ),
    Edit("anchors", "", SECRET, f"{SECRET}\n          COPY: &copy x\n          MORE: *copy"),
)

UNKNOWN = (
    Edit("another workflow first", ALL_THREE, PUSH, "  workflow_run: {workflows: [CI]}\n"),
    Edit("a job decides", ALL_THREE, "needs: build", "needs: build\n    if: needs.build.outputs.x"),
    Edit(
        "a plan decides",
        ALL_THREE,
        "needs: build",
        "needs: build\n    if: fromJSON(needs.build.outputs.plan).deploy == true",
    ),
    Edit("a variable decides", ALL_THREE, "needs: build", "needs: build\n    if: vars.DEPLOY"),
    Edit("a computed limit", "G-2.2", "timeout-minutes: 1", "timeout-minutes: ${{ vars.LIMIT }}"),
    Edit("another language", "NFR-4.3", RUN, f"shell: python\n        {RUN}"),
)


def verdicts(checkout: Project) -> Found:
    triggers = trigger.observe(checkout)
    judged = {
        "G-2.1": judge.goal(triggers),
        "FR-5.1": judge.push(triggers),
        "FR-5.2": judge.paths(triggers),
        "G-2.2": judge.critical_path(critical_path.observe(checkout), CATALOG["G-2.2"].limit),
        "NFR-4.3": judge.secrets(secret_use.observe(checkout)),
    }
    return {name: (it.verdict, it.reason) for name, it in judged.items()}


def test_the_sound_checkout_passes(checkout: Project) -> None:
    found = verdicts(checkout)
    assert len(having(found, Verdict.PASSED)) == len(found), found


@pytest.mark.parametrize("change", WRONG, ids=lambda it: f"{it.criteria}: {it.name}")
def test_a_sabotaged_workflow_fails_its_criterion_and_no_other(
    checkout: Project, change: Edit, record_property: Recorder
) -> None:
    edit(checkout, change)
    is_caught(change, verdicts(checkout), record_property)


@pytest.mark.parametrize("change", RIGHT, ids=lambda it: it.name)
def test_an_unusual_workflow_that_is_right_passes(
    checkout: Project, change: Edit, record_property: Recorder
) -> None:
    edit(checkout, change)
    is_sound(verdicts(checkout), record_property)


@pytest.mark.parametrize("change", UNKNOWN, ids=lambda it: f"{it.criteria}: {it.name}")
def test_what_only_a_run_can_tell_is_unverified(checkout: Project, change: Edit) -> None:
    edit(checkout, change)
    found = verdicts(checkout)
    assert having(found, Verdict.UNVERIFIED).keys() == set(change.criteria.split()), found
    assert not having(found, Verdict.FAILED)


def test_a_workflow_of_another_name_that_calls_one_is_found(
    checkout: Project, record_property: Recorder
) -> None:
    source = (checkout.root / WORKFLOW).read_text(encoding="utf-8")
    (checkout.root / WORKFLOW).rename(checkout.root / ".github/workflows/release.yml")
    called = source.replace(f"on:\n{PUSH}  workflow_dispatch:\n", "on: workflow_call\n")
    (checkout.root / ".github/workflows/release.yml").write_text(called, encoding="utf-8")
    caller = f"on:\n{PUSH}jobs:\n  all: {{uses: ./.github/workflows/release.yml, secrets: inherit}}"
    (checkout.root / OTHER).write_text(caller, encoding="utf-8")
    found = verdicts(checkout)
    record_property("variant", [[], sorted(having(found, Verdict.FAILED))])
    assert len(having(found, Verdict.PASSED)) == len(found), found


def called_elsewhere(checkout: Project, on: str) -> Found:
    (checkout.root / WORKFLOW).unlink()
    text = f"on:\n{on}jobs:\n  ship: {{uses: {ELSEWHERE}}}\n"
    (checkout.root / OTHER).write_text(text, encoding="utf-8")
    return verdicts(checkout)


def test_what_another_repository_deploys_is_unverified_with_the_reason(checkout: Project) -> None:
    found = called_elsewhere(checkout, PUSH)
    assert having(found, Verdict.UNVERIFIED).keys() == found.keys(), found
    assert all(ELSEWHERE in reason for _, reason in found.values()), found


def test_what_no_push_starts_in_another_repository_deploys_none(checkout: Project) -> None:
    found = called_elsewhere(checkout, "  pull_request:\n")
    assert having(found, Verdict.FAILED).keys() == {"FR-5.1"}
    assert "no workflow to deploy with: none of" in found["FR-5.1"][1]


@pytest.mark.parametrize("name", [WORKFLOW, OTHER])
def test_another_repositorys_job_beside_it_hides_no_deployment(
    checkout: Project, name: str
) -> None:
    edit(checkout, Edit("", "", "jobs:\n", f"jobs:\n  lint: {{uses: {ELSEWHERE}}}\n"))
    (checkout.root / WORKFLOW).rename(checkout.root / name)
    found = verdicts(checkout)
    assert having(found, Verdict.UNVERIFIED).keys() == {"G-2.2", "NFR-4.3"}, found
    assert not having(found, Verdict.FAILED)


def test_without_a_workflow_one_criterion_fails_and_the_others_rest_on_it(
    checkout: Project,
) -> None:
    shutil.rmtree(checkout.root / ".github")
    found = verdicts(checkout)
    assert having(found, Verdict.FAILED).keys() == {"FR-5.1"}
    rest = having(found, Verdict.UNVERIFIED)
    assert rest.keys() == found.keys() - {"FR-5.1"}
    assert all(it.startswith("rests on FR-5.1") for it in rest.values())


def test_one_that_only_says_that_it_deploys_is_none(checkout: Project) -> None:
    edit(checkout, Edit("", "", RUN, "run: 'echo make deploy-cf # make deploy-cf'"))
    (checkout.root / WORKFLOW).rename(checkout.root / OTHER)
    found = verdicts(checkout)
    assert having(found, Verdict.FAILED).keys() == {"FR-5.1"}
    assert "no workflow to deploy with: none of" in found["FR-5.1"][1]
