"""A job's own scripts are run with what GitHub would give them."""

import os
from pathlib import Path

import pytest

from harness.github.errors import BeyondModelError
from harness.github.perform import Contexts, Performed, perform
from tests.github.conftest import Write

TREES = {
    "needs": {"build": {"result": "success", "outputs": {"image": "a@b"}}},
    "secrets": {"TOKEN": "made-up"},
    "github": {"sha": "c0ffee"},
}
STATUS = {"success": True, "failure": False, "always": True, "cancelled": False}


def performed(workflow: Write, tmp_path: Path, steps: str) -> list[Performed]:
    job = workflow(f"on: push\njobs:\n  tell:\n    steps:\n{steps}").jobs["tell"]
    return perform(job, Contexts(TREES, STATUS), {"PATH": os.environ["PATH"]}, tmp_path)


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
