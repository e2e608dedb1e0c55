"""R-1.2: a sound job that verifies an image, sabotaged in the workflow's own file, and others."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.criteria.facts.verification import IMAGES, VerificationFacts, observe, tried
from harness.criteria.facts.verifying import find
from harness.criteria.judge.risks import verification
from harness.criteria.verdict import Judgement, Verdict
from harness.engine.model import Engine
from harness.fixtures.copy import working_copy
from harness.project import Project
from tests.conftest import REPOSITORY

_IMAGE = 'env: {IMAGE: "ghcr.io/owner/name:main"}\n'
OTHER, CALLED = ".github/workflows/a-lint.yml", ".github/workflows/called.yml"
PASSED, FAILED, UNVERIFIED = Verdict

# Stands for a program that asks the registry: it takes the names of images of our own only.
VERIFY = """#!/bin/sh
: docker manifest inspect "$@"
for last; do :; done
case "$last" in
  registry.test/good:main) ;;
  registry.test/*:main) echo "unfit: $last"; exit 1 ;;
  *) echo "asked elsewhere: $last"; exit 2 ;;
esac
"""
LOOK = VERIFY.replace("registry.test/good:main)", "registry.test/[!m]*:main)")
# Says of an image which it is, of any that is there.
TELL = """#!/bin/sh
: docker manifest inspect
case "$1" in registry.test/missing:main) exit 1 ;; registry.test/*:main) echo "$1" ;; esac
"""
TOLD = """import { execFileSync } from "node:child_process";
const told = execFileSync("./tell", [process.argv[2]]); // asks /v2/NAME/manifests/TAG
process.exit(String(told).includes("/good:") ? 0 : 1);
"""
STEP = """      - run: ./verify "$IMAGE"
        env: {IMAGE: "${{ steps.image.outputs.image }}"}
"""
JOB = f"""on: push
jobs:
  verify:
    runs-on: ubuntu-latest
    steps:
{STEP}"""
CALLED_BY = {
    "package.json": '{"scripts": {"verify-image": "./verify \\"$IMAGE\\""}}',
    "scripts/verify.sh": '../verify "$1"\n',
    "scripts/verify.mjs": TOLD,
    "tls": "#!/bin/sh\n: docker manifest inspect\n"
    "echo 'http: server gave HTTP response to HTTPS client' >&2; exit 1\n",
}
EXTERNAL = "on: push\njobs:\n  lint: {uses: octo/x/.github/workflows/l.yml@v1}\n"
IGNORED = f"{STEP}        continue-on-error: true\n"
ANSWERED = """        id: look
        continue-on-error: true
      - if: steps.look.outcome == 'failure'
        run: exit 1
"""


def two(first: str, second: str) -> str:
    """Return a job in which a step writes down what another one judges."""
    told = f"      - id: tell\n        run: {first}\n        {_IMAGE}"
    return with_step(f"{told}      - run: {second}\n")


def with_step(text: str, *, top: str = "", job: str = "", on: str = "push") -> str:
    changed = JOB.replace(STEP, text).replace("jobs:", f"{top}jobs:", 1)
    return changed.replace("    steps:", f"{job}    steps:").replace("on: push", f"on: {on}")


def judged(root: Path, files: Mapping[str, str]) -> Judgement:
    """Judge a checkout without a registry: `./verify` answers in its place."""
    scripts = {"verify": VERIFY, "look": LOOK, "deploy/verify": VERIFY, "tell": TELL, **CALLED_BY}
    for name, text in {**scripts, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
        (root / name).chmod(0o755)
    images = {name: f"registry.test/{name}:main" for name in IMAGES}
    found = find(root)
    with working_copy(Project(root)) as copy:
        jobs = tuple(tried(copy, it, images, os.environ) for it in found.jobs)
    told = VerificationFacts(jobs=jobs, idle=tuple(found.idle), beyond=tuple(found.beyond))
    return verification(told)


RIGHT = {
    "as it is": JOB,
    "a literal name": with_step("      - run: ./verify ghcr.io/owner/name:main\n"),
    "a name at the top": with_step(
        '      - run: ./verify "$IMAGE"\n', top='env: {IMAGE: "ghcr.io/owner/name:main"}\n'
    ),
    "a name without its tag": with_step(
        '      - run: ./verify "$IMAGE:${{ github.sha }}"\n',
        job='    env: {IMAGE: "ghcr.io/${{ github.repository }}"}\n',
    ),
    "a name in parts": with_step(
        '      - run: ./verify "${REGISTRY}/$NAME@${{ needs.build.outputs.digest }}"\n',
        top='env: {REGISTRY: ghcr.io, NAME: "${{ github.repository }}"}\n',
    ),
    "expressions in parts": with_step(
        "      - run: ./verify ${{ env.REGISTRY }}/${{ env.NAME }}:main\n",
        top="env: {REGISTRY: ghcr.io, NAME: owner/name}\n",
    ),
    "in a directory": with_step(STEP.replace("./verify", 'test "${PWD##*/}" = deploy && ./verify'))
    + "        working-directory: deploy\n",
    "in the job's directory": with_step(
        STEP.replace("./verify", 'test "${PWD##*/}" = deploy && ./verify'),
        job="    defaults: {run: {working-directory: deploy}}\n",
    ),
    "on a schedule": with_step(STEP, on='{schedule: [{cron: "0 3 * * *"}]}'),
    "on pull requests": with_step(STEP, on="{pull_request: {branches: [main]}}"),
    "of tags": with_step(STEP, on="{push: {tags: [v*]}}"),
    "if something is so": with_step(f"{STEP}        if: needs.changes.outputs.image == 'true'\n"),
    "whose end is asked for": with_step(f"{STEP}{ANSWERED}"),
    "two that see half each": with_step(
        '      - run: ./look "$IMAGE"\n        env: {IMAGE: "${{ inputs.image }}"}\n' + STEP
    ),
    "by an npm script": with_step(STEP.replace('./verify "$IMAGE"', "npm run verify-image")),
    "by a shell with options": with_step(
        STEP.replace("./verify", "cd scripts && bash -e verify.sh")
    ),
    "by a script of node": with_step(STEP.replace("./verify", "node scripts/verify.mjs")),
    "a file for the next": two('./tell "$IMAGE" > meta', "grep -q /good meta"),
    "a file of the runner's": two(
        './tell "$IMAGE" | tee "$RUNNER_TEMP/meta"',
        'test "$(cut -c15-18 ${{ runner.temp }}/meta)" = good',
    ),
    "a file by another name": two(
        './tell "$IMAGE" > meta', "cut -d/ -f2 < meta > name\n      - run: grep -q ^good name"
    ),
    "an output for the next": two(
        'echo "it=$(./tell "$IMAGE")" >> "$GITHUB_OUTPUT"',
        "case $IT in */good*) ;; *) exit 1 ;; esac\n"
        '        env: {IT: "${{ steps.tell.outputs.it }}"}',
    ),
    "an output of some lines": two(
        '(echo "it<<E"; ./tell "$IMAGE"; echo E) >> "$GITHUB_OUTPUT"',
        'grep -q /good <<< "${{ steps.tell.outputs.it }}"',
    ),
    "a variable for the next": two(
        'it=$(./tell "$IMAGE") && echo "IT=$it" >> "$GITHUB_ENV"', "grep -q /good <<< $IT"
    ),
}
WRONG = {
    "never": with_step(f"{STEP}        if: ${{{{ false }}}}\n"),
    "in a job that never runs": with_step(STEP, job="    if: false\n"),
    "its failure is ignored": with_step(IGNORED),
    "its job's failure is ignored": with_step(STEP, job="    continue-on-error: true\n"),
    "by hand only": with_step(STEP, on="workflow_dispatch"),
    "the end of a pipe counts": with_step(STEP.replace('"$IMAGE"', '"$IMAGE" | cat')),
    "only what is missing": with_step(STEP.replace("./verify", "./look")),
    "only said": with_step(
        "      - run: 'echo docker manifest inspect ghcr.io/owner/name'\n"
    ).replace("echo docker", "echo # docker"),
    "what the next ignores": two('./tell "$IMAGE" > meta', "grep -q /good meta || true"),
    "the next one's failure is ignored": two(
        './tell "$IMAGE" > meta', "grep -q /good meta\n        continue-on-error: true"
    ),
    "what is deployed next": two(
        './tell "$IMAGE" > meta', "grep -q /good meta && npx wrangler deploy"
    ),
    "pulled and used": with_step("      - run: docker pull ghcr.io/owner/name:main\n"),
    "nothing": with_step("      - run: make\n"),
}
UNKNOWN = {
    "made by a step before": with_step('      - run: ./verify "$IMAGE"\n'),
    "no shell's": with_step(f"{STEP}        shell: python\n"),
    "after a login": with_step(STEP.replace("- run: ", "- run: docker login ghcr.io && ")),
    "by what is not here": with_step(STEP.replace("./verify", "crane digest")),
    "by another that is not here": with_step(STEP.replace("./verify", "regctl image inspect")),
    "by options in between": with_step(
        STEP.replace("./verify", "skopeo --override-arch amd64 inspect")
    ),
    "by its configuration": with_step(STEP.replace("./verify", "crane config")),
    "by its manifest": with_step(STEP.replace("./verify", "oras manifest fetch")),
    "with what is not here": with_step(STEP.replace('"$IMAGE"', '"$IMAGE" && no-such-program')),
    "by what wants TLS": with_step(STEP.replace("./verify", "./tls")),
    "with a deployment": with_step(STEP.replace('"$IMAGE"', '"$IMAGE" && npx wrangler deploy')),
    "what is told elsewhere": two('./tell "$IMAGE" > meta', "gh release upload v1 meta"),
    "in another repository": EXTERNAL,
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_job_that_verifies_the_image_passes(tmp_path: Path, name: str) -> None:
    found = judged(tmp_path, {".github/workflows/verify.yml": RIGHT[name]})
    assert found.verdict is PASSED, found.reason


@pytest.mark.parametrize("name", WRONG)
def test_one_that_does_not_is_caught(tmp_path: Path, name: str) -> None:
    found = judged(tmp_path, {".github/workflows/verify.yml": WRONG[name]})
    assert found.verdict is FAILED, found


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_run_here_is_not_known(tmp_path: Path, name: str) -> None:
    found = judged(tmp_path, {".github/workflows/verify.yml": UNKNOWN[name]})
    assert found.verdict is UNVERIFIED, found


@pytest.mark.parametrize(
    "other",
    [
        EXTERNAL,
        "jobs: ]\n",
        with_step(STEP.replace("./verify", "./look")),
        WRONG["never"],
        UNKNOWN["by what is not here"],
    ],
)
def test_another_workflow_before_it_hides_none(tmp_path: Path, other: str) -> None:
    found = judged(tmp_path, {OTHER: other, ".github/workflows/verify.yml": JOB})
    assert found.verdict is PASSED, found.reason


def test_a_called_workflow_verifies_if_its_caller_runs(tmp_path: Path) -> None:
    called = with_step(STEP, on="workflow_call")
    calls = f"on: push\njobs:\n  it:\n    uses: ./{CALLED}\n"
    assert judged(tmp_path, {CALLED: called}).verdict is FAILED
    assert judged(tmp_path, {CALLED: called, OTHER: calls}).verdict is PASSED
    never = calls.replace("    uses", "    if: false\n    uses")
    assert judged(tmp_path, {CALLED: called, OTHER: never}).verdict is FAILED


def test_what_make_runs_for_a_step_counts(tmp_path: Path) -> None:
    text = with_step('      - run: make see IMAGE="${{ steps.image.outputs.image }}"\n')
    recipe = "see: ; @./verify $(IMAGE) && : image verify $(IMAGE)\n"
    files = {".github/workflows/verify.yml": text, "Makefile": recipe}
    assert judged(tmp_path, files).verdict is PASSED


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ('docker pull -q "$IMAGE" && test "$(docker image inspect "$IMAGE")" != ""', "ls", "1"),
        ('docker pull "$IMAGE"', 'docker inspect -f x "$IMAGE" | grep -q amd64', "1, step 2"),
        ('docker pull "$IMAGE"', "ls", ""),
        ("docker image inspect built-here", "ls", ""),
    ],
)
def test_what_is_pulled_and_inspected_is_verified(
    tmp_path: Path, first: str, second: str, found: str
) -> None:
    path = tmp_path / ".github/workflows/verify.yml"
    path.parent.mkdir(parents=True)
    path.write_text(two(first, second), encoding="utf-8")
    places = [it.place for it in find(tmp_path).jobs]
    assert places == [f"verify.yml: job verify, step {found}"] * bool(found)


@pytest.mark.engine
@pytest.mark.slow
def test_the_real_programs_on_a_real_registry(docker: Engine) -> None:
    shallow = with_step('      - run: docker buildx imagetools inspect "$IMAGE"\n', top=_IMAGE)
    fits = (
        '.manifest.manifests[0].platform.architecture == "amd64"'
        ' and .image.config.Labels["org.opencontainers.image.version"] != null'
    )
    deep = with_step(
        "      - shell: bash\n        run: |\n"
        "          docker buildx imagetools inspect ghcr.io/x/y:main --format '{{json .}}' |\n"
        f"          jq -e '{fits}'\n"
    )
    with working_copy(Project(REPOSITORY)) as tree:
        (tree.root / OTHER).write_text(shallow, encoding="utf-8")
        facts = observe(tree, docker)
        shutil.rmtree(tree.root / ".github/workflows")
        (tree.root / OTHER).parent.mkdir()
        (tree.root / OTHER).write_text(shallow, encoding="utf-8")
        (tree.root / CALLED).write_text(deep, encoding="utf-8")
        others = observe(tree, docker)
    look, own = facts.jobs
    assert [it.status > 0 for it in look.runs] == [False, False, False, True], look
    assert [it.status > 0 for it in own.runs] == [False, True, True, True], own
    assert own.place == "cloudflare-deploy.yml: job build, step 5"
    assert verification(facts).verdict is PASSED
    assert [it.status > 0 for it in others.jobs[1].runs] == [False, True, True, True], others
