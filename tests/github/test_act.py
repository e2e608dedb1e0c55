"""act runs a workflow as it stands, with stand-ins for GitHub's own actions."""

from pathlib import Path

import pytest

from harness import process
from harness.github.act import Acted, run
from harness.github.errors import BeyondModelError
from tests.github.conftest import Write

CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2"
KEEP = "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2"
FETCH = "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0"
JOBS = f"""
on: {{push: {{branches: [main]}}}}
jobs:
  build:
    if: github.ref == 'refs/heads/main'
    runs-on: ubuntu-latest
    outputs: {{image: "${{{{ steps.it.outputs.image }}}}"}}
    steps:
      - uses: {CHECKOUT}
      - id: it
        run: echo "image=$GITHUB_SHA" >>"$GITHUB_OUTPUT"; mkdir kept; touch kept/file
      - uses: {KEEP}
        with: {{name: things, path: kept}}
  deploy:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: echo "$GITHUB_ACTOR deploys $IMAGE by ${{TOKEN:+a token}}"
        env: {{IMAGE: "${{{{ needs.build.outputs.image }}}}", TOKEN: "${{{{ secrets.TOKEN }}}}"}}
      # A step of its own: act may drop what a failing step printed last.
      - run: exit 7
  never: {{needs: deploy, runs-on: ubuntu-latest, steps: [{{run: exit 0}}]}}
  notify:
    needs: [build, deploy]
    if: always()
    runs-on: ubuntu-latest
    steps:
      - uses: {FETCH}
        with: {{name: things, path: there}}
      - run: ls there; echo "$NEEDS"
        env: {{NEEDS: "${{{{ toJSON(needs) }}}}"}}
"""


def acted(workflow: Write, tmp_path: Path, text: str) -> Acted:
    found = workflow(text)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    process.run([*git, "init", "--quiet", "--initial-branch=main"])
    process.run([*git, "add", "--all"])
    process.run([*git, "commit", "--quiet", "--message", "one"])
    return run(
        found,
        artifacts=tmp_path / "artifacts",
        actor="octocat",
        secrets={"TOKEN": 'made up, with "quotes" and = signs'},
        environment={},
        timeout=120,
    )


def test_jobs_run_in_the_order_of_their_graph_with_outputs_secrets_and_artifacts(
    workflow: Write, tmp_path: Path
) -> None:
    found = acted(workflow, tmp_path, JOBS)
    assert {name: it.result for name, it in found.jobs.items()} == {
        "build": "success",
        "deploy": "failure",
        "notify": "success",
    }
    head = process.run(["git", "-C", tmp_path, "rev-parse", "HEAD"]).stdout.strip()
    assert found.jobs["deploy"].output == f"octocat deploys {head} by a token\n"
    assert found.jobs["notify"].output.startswith("file\n")
    assert '"result": "failure"' in found.jobs["notify"].output


def test_an_action_that_nothing_stands_in_for_is_said(workflow: Write, tmp_path: Path) -> None:
    with pytest.raises(BeyondModelError, match="the action docker/build-push-action@v6"):
        acted(workflow, tmp_path, JOBS.replace(KEEP, "docker/build-push-action@v6"))
