"""A job's own scripts are run with what GitHub would give them."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.github.errors import BeyondModelError
from harness.github.perform import Performed, Played, perform
from harness.github.workflow_context import Contexts
from tests.github.conftest import Write

TREES = {
    "needs": {"build": {"result": "success", "outputs": {"image": "a@b"}}},
    "secrets": {"TOKEN": "made-up"},
    "github": {"sha": "c0ffee"},
}
STATUS = {"success": True, "failure": False, "always": True, "cancelled": False}


ACTION = """
inputs: {said: {default: nothing}, to: {default: nobody}}
runs:
  using: composite
  steps:
    - run: echo "${{ inputs.said }} to ${{ inputs.to }} $A ${GITHUB_ACTION_PATH##*/}"
      shell: bash
    - {run: exit 4, shell: bash}
    - {run: echo told, shell: bash, if: failure()}
"""


def performed(
    workflow: Write, tmp_path: Path, steps: str, played: Mapping[str, Played] | None = None
) -> list[Performed]:
    text = f"on: push\njobs:\n  tell:\n    steps:\n{steps}"
    job = workflow(text, {".github/actions/say/action.yml": ACTION}).jobs["tell"]
    left = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_ENV")}
    given = {"PATH": os.environ["PATH"], **left}
    places = {f"deploy.yml: job tell, step {it}": part for it, part in (played or {}).items()}
    return perform(job, Contexts(TREES, STATUS), given, tmp_path, places)


def test_expressions_have_their_values_and_what_nobody_set_is_empty(
    workflow: Write, tmp_path: Path
) -> None:
    found = performed(
        workflow,
        tmp_path,
        """
      - run: echo "$A $B [$C] ${{ github.sha }}"; echo "$NEEDS" | grep '"image"'
        env:
          A: ${{ needs.build.outputs.image }}
          B: ${{ secrets.TOKEN }}
          C: ${{ secrets.OTHER }}
          NEEDS: ${{ toJSON(needs) }}
""",
    )
    assert found[0].output.splitlines()[0] == "a@b made-up [] c0ffee"
    assert found[0].status == 0


def test_after_a_script_that_fails_only_those_run_that_want_to(
    workflow: Write, tmp_path: Path
) -> None:
    found = performed(
        workflow,
        tmp_path,
        """
      - run: exit 3
      - run: echo skipped
      - run: echo told
        if: failure() && needs.build.result == 'success'
""",
    )
    assert [it.status for it in found] == [3, 0]
    assert found[1].output == "told\n"


ENDS = "${{ job.status }} ${{ steps.a.outcome }} ${{ steps.a.conclusion }} ${{ steps.b.outcome }}"


@pytest.mark.parametrize(
    ("goes_on", "ok", "said"),
    [
        ("false", True, "success success success success"),
        ("false", False, "failure failure failure skipped"),
        ("true", False, "success failure success success"),
        ("${{ github.sha == 'c0ffee' }}", False, "success failure success success"),
    ],
)
def test_a_step_that_is_played_ends_as_it_is_told_to(
    workflow: Write, tmp_path: Path, goes_on: str, *, ok: bool, said: str
) -> None:
    steps = f"""
      - {{run: touch ran, id: a, continue-on-error: "{goes_on}"}}
      - {{uses: x/y@v1, id: b}}
      - {{run: 'echo "{ENDS}"', if: always()}}
"""
    (found,) = performed(workflow, tmp_path, steps, {"1": Played(ok=ok)})
    assert found.output == f"{said}\n"
    assert not (tmp_path / "ran").exists()


def test_what_is_left_out_and_may_matter_is_said(workflow: Write, tmp_path: Path) -> None:
    steps = "      - {uses: x/y@v1, id: a}\n      - run: echo ${{ steps.a.outputs.url }}\n"
    beyond, told = performed(workflow, tmp_path, steps, {"1": Played(beyond="x/y")})
    assert (beyond.beyond, told.output) == ("x/y", "url of a\n")
    with pytest.raises(BeyondModelError, match="x/y"):
        performed(workflow, tmp_path, steps, {"1": Played(beyond="x/y", matters=True)})


def test_what_a_script_leaves_is_there_for_those_after_it(workflow: Write, tmp_path: Path) -> None:
    found = performed(
        workflow,
        tmp_path,
        """
      - run: printf 'A=1=2\\nB<<E\\nx\\ny\\nE\\n' | tee $GITHUB_ENV >$GITHUB_OUTPUT
        id: a
      - run: echo "$A ${{ env.a }} ${B%y} ${{ steps.a.outputs.A }} [${{ steps.b.outputs.c }}]"
""",
    )
    assert found[1].output == "1=2 1=2 x\n 1=2 []\n"


def test_a_local_action_is_followed(workflow: Write, tmp_path: Path) -> None:
    found = performed(
        workflow,
        tmp_path,
        """
      - uses: ./.github/actions/say
        id: a
        with: {said: "${{ needs.build.result }}"}
        env: {A: "1"}
      - {run: echo skipped}
      - {run: "echo ${{ steps.a.outcome }}", if: always()}
""",
    )
    assert [it.status for it in found] == [0, 4, 0, 0]
    assert [it.output for it in found[::3]] == ["success to nobody 1 say\n", "failure\n"]


def test_a_script_has_no_variable_of_this_shell(
    workflow: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "made-up")
    (found,) = performed(workflow, tmp_path, "      - run: env\n")
    assert "made-up" not in found.output


@pytest.mark.parametrize(
    "step", ["{run: x, shell: python}", "{run: x, env: {A: '${{ hashFiles(''x'') }}'}}"]
)
def test_what_cannot_be_done_here_is_said(workflow: Write, tmp_path: Path, step: str) -> None:
    with pytest.raises(BeyondModelError):
        performed(workflow, tmp_path, f"      - {step}\n")


@pytest.mark.parametrize(
    ("condition", "good", "holds"),
    [
        ("", True, True),
        ("", False, False),
        ("${{ github.sha == 'c0ffee' }}", True, True),
        ("github.sha == 'other'", True, False),
        ("failure ()", False, True),
        ("${{ false }} == true", True, True),  # a text, for it is more than one expression
        ("${{ false }} == true", False, False),
    ],
)
def test_a_condition_holds_as_in_a_run_that_is_only_read(
    condition: str, *, good: bool, holds: bool
) -> None:
    status = {**STATUS, "success": good, "failure": not good}
    assert Contexts(TREES, status).holds(condition) is holds
