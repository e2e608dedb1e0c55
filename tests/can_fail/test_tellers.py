"""FR-5.6: other teams' ways to tell how a deployment ended, which is itself only played."""

from pathlib import Path
from textwrap import indent
from typing import NamedTuple

import pytest

from harness.criteria.facts import notification
from harness.criteria.judge.notification import notification as judge
from harness.criteria.verdict import Judgement, Verdict
from harness.project import Project
from tests.can_fail.checkout import Recorder
from tests.foreign.checkouts import checkout

WORKFLOW = ".github/workflows/cloudflare-deploy.yml"
API = "https://api.github.com/repos/${{ github.repository }}/statuses/${{ github.sha }}"
PAGE = "https://github.com/${{ github.repository }}/actions/runs/${{ github.run_id }}"
TOKEN = "GITHUB_TOKEN: '${{ github.token }}'"
PUSH = "on: {push: {branches: [main]}}\n"
ONE = f"{PUSH}permissions: {{contents: read, statuses: write}}\njobs:\n"
EACH = f"{PUSH}permissions: {{contents: read}}\njobs:\n"
DEFAULT = f"{PUSH}jobs:\n"

SHIP = "- {run: make deploy-cf, id: ship}\n"
SCRIPT = "- {run: ./scripts/ship.sh, id: ship}\n"
LOGIN = "- {run: docker login -p $T ghcr.io, env: {T: '${{ secrets.GITHUB_TOKEN }}'}}\n"
SECRET = "CLOUDFLARE_API_TOKEN: '${{ secrets.CLOUDFLARE_API_TOKEN }}'"
WITH_SECRET = "- {run: ./scripts/ship.sh}\n"
SMOKE = "- {run: exit 9}\n"
MAY = "permissions: {statuses: write}"


def tell(state: str, condition: str = "always()", env: str = TOKEN, page: str = PAGE) -> str:
    """Return a step that sets the commit's status."""
    fields = {"state": state, "description": f"{state}!", "target_url": page}
    body = ", ".join(f'\\"{name}\\": \\"{it}\\"' for name, it in fields.items())
    call = f'curl -fsS -H "Authorization: Bearer $GITHUB_TOKEN" -d "{{{body}}}" "{API}"'
    return f"- if: {condition}\n  env: {{{env}}}\n  shell: bash\n  run: |\n    {call}\n"


def job(name: str, *steps: str, **keys: str) -> str:
    """Return a job; `if_` is its condition."""
    head = "".join(f"    {key.rstrip('_')}: {it}\n" for key, it in keys.items() if key != "may")
    may = f"    {MAY}\n" if "may" in keys else ""
    return f"  {name}:\n{head}{may}    steps:\n{indent(''.join(steps), '      ')}"


def notify(*steps: str, needs: str = "deploy", if_: str = "always()") -> str:
    return job("notify", *steps, needs=needs, if_=if_, may="")


DEPLOY, SMOKED = job("deploy", SHIP), job("smoke", SMOKE, needs="deploy")
TELL = "./.github/workflows/_tell.yml"
CALLED = "  deploy: {uses: ./.github/workflows/_deploy.yml}\n"
RESULT, STATUS = "${{ needs.deploy.result }}", "${{ job.status }}"
OF_SMOKE = "${{ needs.smoke.result == 'success' && 'success' || 'failure' }}"
TESTED = "needs.test.result == 'success'"
OF_ALL = "${{ contains(needs.*.result, 'failure') && 'failure' || 'success' }}"
ACTION = "- {uses: ./.github/actions/tell, with: {state: '%s'}}\n" % RESULT  # noqa: UP031
NODE = """- uses: actions/github-script@v7
  with:
    script: |
      await github.rest.repos.createCommitStatus({sha: context.sha, state: 'success'})
"""
PREPARE = (
    f"- id: it\n  run: |\n    echo 'said={RESULT}' >>\"$GITHUB_OUTPUT\"\n"
    f"    printf 'PAGE<<E\\n%s\\nE\\n' '{PAGE}' >>\"$GITHUB_ENV\"\n"
)
PREPARED = tell("${{ steps.it.outputs.said }}", page="$PAGE")

FILES = {
    "Makefile": "deploy-cf: ; touch $(LEFT); exit 1\n",
    "scripts/ship.sh": "touch $LEFT; exit 1\n",
    ".github/workflows/_deploy.yml": f"on: workflow_call\njobs:\n{job('inner', SHIP)}",
    ".github/workflows/_tell.yml": f"on: workflow_call\njobs:\n{job('inner', tell('success'))}",
    ".github/actions/tell/action.yml": "inputs: {state: {default: pending}}\nruns:\n"
    f"  using: composite\n  steps:\n{indent(tell('${{ inputs.state }}', 'success()'), '    ')}",
}


class Way(NamedTuple):
    """A workflow, and what is said of it where it does not pass."""

    name: str
    workflow: str
    says: str = ""


RIGHT = (
    Way("one job", ONE + job("all", LOGIN, SHIP, SMOKE, tell(STATUS))),
    Way("one job's step", ONE + job("all", SHIP, tell("${{ steps.ship.outcome }}"))),
    Way(
        "a step for each end",
        ONE + job("all", SHIP, tell("success", "success()"), tell("failure", "failure()")),
    ),
    Way(
        "where it is served",
        ONE
        + job("all", SHIP, tell("success", "success()", page="${{ steps.ship.outputs.url }}"))
        + "      "
        + tell("failure", "failure()").replace("\n", "\n      ").rstrip(" "),
    ),
    Way(
        "pending before",
        ONE
        + job("build", "- {run: ./build}\n", tell("pending"))
        + job("deploy", SCRIPT, tell(STATUS), needs="build"),
    ),
    Way(
        "what is beside it with credentials",
        EACH
        + job("deploy", SHIP)
        + notify(WITH_SECRET, tell(RESULT)).replace("    if:", f"    env: {{{SECRET}}}\n    if:"),
    ),
    Way(
        "an own script after what succeeded",
        EACH
        + job("test", SMOKE)
        + job("all", SCRIPT, tell(STATUS), needs="test", if_=f"always() && {TESTED}", may=""),
    ),
    Way("an own script in one job", ONE + job("all", SCRIPT, tell(STATUS))),
    Way("an own script", EACH + job("deploy", SCRIPT) + notify(tell(RESULT))),
    Way("a called workflow", EACH + CALLED + notify(tell(RESULT))),
    Way("a local action", EACH + DEPLOY + notify(ACTION)),
    Way("prepared before", EACH + DEPLOY + notify(PREPARE, PREPARED)),
    Way("the smoke's end", EACH + DEPLOY + SMOKED + notify(tell(OF_SMOKE), needs="smoke")),
    Way("all ends", EACH + DEPLOY + SMOKED + notify(tell(OF_ALL), needs="[deploy, smoke]")),
    Way(
        "a job for each end",
        EACH
        + DEPLOY
        + SMOKED
        + job("good", tell("success"), needs="smoke", may="")
        + job("bad", tell("failure"), needs="smoke", if_="failure()", may=""),
    ),
    Way(
        "staging before, and a way back",
        ONE
        + job("staging", SHIP)
        + job("deploy", SHIP, needs="staging")
        + job("back", SHIP, needs="deploy", if_="failure()")
        + notify(tell(RESULT), needs="[deploy, back]"),
    ),
)

WRONG = (
    Way("no failure", ONE + job("all", SHIP, tell("success", "success()")), "on failure no status"),
    Way("always success", ONE + job("all", SHIP, tell("success")), "on failure the status is"),
    Way("before it", ONE + job("all", tell("success"), SHIP), "no status reaches GitHub"),
    Way("its own step", ONE + job("all", SCRIPT, tell("success", "success()")), "on failure no"),
    Way("no right", EACH + job("all", SHIP, tell(STATUS)), "no job that may"),
    Way("no word, by default", DEFAULT + job("all", SHIP), "no status reaches GitHub"),
    Way(
        "no failure, by default", DEFAULT + DEPLOY + job("x", tell("success"), needs="deploy"), "no"
    ),
    Way("skipped after", EACH + DEPLOY + notify(tell(RESULT), if_="success()"), "on failure no"),
    Way(
        "behind what is skipped",
        EACH + DEPLOY + SMOKED + notify(tell(RESULT), needs="smoke", if_="success()"),
        "on failure no status",
    ),
    Way(
        "the action after a success only",
        EACH + DEPLOY + notify(NODE, if_="success()"),
        "on failure no status",
    ),
    Way(
        "a called one that tells",
        f"{EACH}{DEPLOY}  x: {{needs: deploy, {MAY}, uses: {TELL}}}\n",
        "on failure no status",
    ),
    Way("fails", EACH + DEPLOY + notify(tell(RESULT), "- {run: exit 3}\n"), "step 2 fails"),
)

UNKNOWN = (
    Way("a script of node's", EACH + DEPLOY + notify(NODE), "actions/github-script@v7"),
    Way(
        "node's, beside it", EACH + DEPLOY + notify(tell(RESULT), NODE), "actions/github-script@v7"
    ),
    Way(
        "an action after what is pending",
        EACH + DEPLOY + notify(tell("pending"), "- {uses: a/b@v1}\n"),
        "the action a/b@v1",
    ),
    Way("an action", EACH + DEPLOY + notify("- {uses: a/b@v1}\n"), "the action a/b@v1"),
    Way(
        "by default", DEFAULT + DEPLOY + notify(tell(RESULT)).replace(f"    {MAY}\n", ""), "setting"
    ),
    Way(
        "a called one that always tells",
        f"{EACH}{DEPLOY}  x:\n    {{needs: deploy, if: always(), {MAY}, uses: {TELL}}}\n",
        "a called workflow that may tell",
    ),
    Way(
        "a script that may be it", ONE + job("all", f"- {{run: ./x, env: {{{TOKEN}}}}}\n"), "may be"
    ),
    Way("in one script", ONE + job("all", f"{tell('success')}    make deploy-cf\n"), "may be"),
    Way(
        "in one own script", ONE + job("all", f"{tell('success')}    ./scripts/ship.sh\n"), "may be"
    ),
    Way(
        "a secret of its own",
        EACH + DEPLOY + notify(tell(RESULT, env="GITHUB_TOKEN: '${{ secrets.BOT }}'")),
        "the secret BOT",
    ),
)


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a deployment that is run leaves its mark."""
    monkeypatch.setenv("LEFT", str(tmp_path / "left"))
    return tmp_path / "left"


def made(tmp_path: Path, workflow: str) -> Project:
    files = {name: it.replace("$(LEFT)", str(tmp_path / "left")) for name, it in FILES.items()}
    project = checkout(tmp_path / "made", {**files, WORKFLOW: workflow})
    (project.root / "scripts/ship.sh").chmod(0o755)
    return project


def judged(tmp_path: Path, workflow: str) -> Judgement:
    return judge(notification.observe(made(tmp_path, workflow)))


@pytest.mark.parametrize("way", RIGHT, ids=lambda it: it.name)
def test_a_way_that_is_right_passes_and_deploys_nothing(
    tmp_path: Path, left: Path, way: Way, record_property: Recorder
) -> None:
    found = judged(tmp_path, way.workflow)
    record_property("variant", [[], [] if found.verdict is Verdict.PASSED else ["FR-5.6"]])
    assert found.verdict is Verdict.PASSED, found
    assert not left.exists()


@pytest.mark.parametrize("way", WRONG, ids=lambda it: it.name)
def test_one_that_is_wrong_fails(
    tmp_path: Path, left: Path, way: Way, record_property: Recorder
) -> None:
    found = judged(tmp_path, way.workflow)
    record_property("variant", [["FR-5.6"], ["FR-5.6"] * (found.verdict is Verdict.FAILED)])
    assert (found.verdict, way.says in found.reason) == (Verdict.FAILED, True), found
    assert not left.exists()


@pytest.mark.parametrize("way", UNKNOWN, ids=lambda it: it.name)
def test_what_only_github_can_tell_is_unverified(tmp_path: Path, left: Path, way: Way) -> None:
    found = judged(tmp_path, way.workflow)
    assert (found.verdict, way.says in found.reason) == (Verdict.UNVERIFIED, True), found
    assert not left.exists()


def test_no_script_has_the_shells_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "made-up")
    monkeypatch.setenv("HOME", str(tmp_path))
    seen = tmp_path / "seen"
    spy = f"- {{run: 'env >{seen}', env: {{{TOKEN}}}}}\n"
    judged(tmp_path, EACH + DEPLOY + notify(spy))
    variables = dict(it.split("=", 1) for it in seen.read_text(encoding="utf-8").splitlines())
    assert "CLOUDFLARE_API_TOKEN" not in variables
    assert variables["HOME"] != str(tmp_path)
