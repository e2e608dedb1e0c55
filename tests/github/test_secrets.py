import textwrap

import pytest

from harness.github.workflow import DIRECTORY
from harness.github.workflow_secrets import RIGHT, literals, uses
from harness.github.workflow_taint import ALL_SECRETS
from tests.github.conftest import Write

COMPOSITE = """
runs:
  using: composite
  steps:
    - run: login "$T"
      shell: bash
      env: {T: "${{ inputs.token }}"}
"""
CALLED = """
on: {workflow_call: {inputs: {x: {type: string}}}}
jobs:
  inner:
    steps:
      - {run: deploy, env: {T: "${{ secrets.MINE }}"}}
"""
FILES = {".github/actions/login/action.yml": COMPOSITE, f"{DIRECTORY}/called.yml": CALLED}


def ways(workflow: Write, job: str, top: str = "") -> list[tuple[str, str]]:
    text = f"on: push\n{top}\njobs:\n  only:\n{textwrap.indent(textwrap.dedent(job), '    ')}"
    return sorted({(it.secret, it.way) for it in uses(workflow(text, FILES))})


@pytest.mark.parametrize(
    "job",
    [
        'steps: [{run: deploy, env: {T: "${{ secrets.A }}"}}]',
        "steps: [{uses: a/b@v1, with: {password: \"${{ secrets['A'] }}\"}}]",
        'steps: [{run: echo "$T" | login --stdin, env: {T: "${{ secrets.A }}"}}]',
        'steps: [{run: login <<<"$T", env: {T: "${{ secrets.a }}"}}]',
        'steps: [{run: test -n "$T" && echo "::add-mask::$T", env: {T: "${{ secrets.A }}"}}]',
        'steps: [{run: "echo ${T:+set}", env: {T: "x${{ secrets.A }}"}}]',
        'steps: [{run: "# login $T\\necho \'$T\'", env: {T: "${{ secrets.A }}"}}]',
    ],
)
def test_a_secret_that_reaches_a_step_only_is_right(workflow: Write, job: str) -> None:
    found = ways(workflow, job)
    assert [name for name, _ in found] == ["A"]
    assert {way for _, way in found} <= RIGHT


@pytest.mark.parametrize(
    ("line", "traced"),
    [
        ("set -Eeuxo pipefail", True),
        ("set -eo xtrace", True),
        ("set -x; set -e -- +x", True),
        ("set -eu", False),
        ("set -- -x", False),
        ("set -x; ls; set +x", False),
        ("set -x; set +o xtrace", False),
        ("set -x; (cd x && set +x; ls)", True),
        ("set -x; now=$(set +x; date)", True),
        ("set -x; { set +x; } 2>/dev/null", False),
        ("set -x; (ls); set +x", False),
    ],
)
def test_what_the_shell_traces_is_in_the_log(workflow: Write, line: str, *, traced: bool) -> None:
    found = ways(
        workflow, f'steps: [{{run: "{line}\\ntest $T", env: {{T: "${{{{ secrets.A }}}}"}}}}]'
    )
    assert (("A", "the log") in found) is traced


def test_a_called_workflows_secrets_are_known_by_the_callers_names(workflow: Write) -> None:
    given = 'uses: ./.github/workflows/called.yml\nsecrets: {mine: "${{ secrets.A }}"}'
    assert ways(workflow, given) == [("A", "a call's secrets"), ("A", "a step's env")]
    all_of_them = "uses: ./.github/workflows/called.yml\nsecrets: inherit"
    assert ways(workflow, all_of_them) == [("MINE", "a step's env")]
    assert ways(workflow, "uses: ./.github/workflows/called.yml") == []


@pytest.mark.parametrize(
    ("job", "way"),
    [
        ('env: {T: "${{ secrets.A }}"}\nsteps: [{run: ls}]', "the job's env"),
        ('environment: "${{ secrets.A }}"\nsteps: [{run: ls}]', "the job's environment"),
        ("if: secrets.A != ''\nsteps: [{run: ls}]", "the job's if"),
        ('outputs: {o: "${{ secrets.A }}"}\nsteps: [{run: ls}]', "an output"),
        ('steps: [{run: "login ${{ secrets.A }}"}]', "a script by interpolation"),
        ('steps: [{run: ls, name: "${{ secrets.A }}"}]', "a step's name"),
        ("steps: [{run: ls, if: secrets.A}]", "a step's if"),
        (
            'steps: [{run: "login ${{ env.t }}", env: {T: "${{ secrets.A }}"}}]',
            "a script by interpolation",
        ),
        ('steps: [{run: login -p "$T", env: {T: "${{ secrets.A }}"}}]', "a command line"),
        ('steps: [{run: X=$T; login $X, env: {T: "${{ secrets.A }}"}}]', "a command line"),
        (
            'steps: [{run: "export X=$T\\nlogin $X", env: {T: "${{ secrets.A }}"}}]',
            "a command line",
        ),
        ('steps: [{run: echo $T, env: {T: "${{ secrets.A }}"}}]', "the log"),
        ('steps: [{run: printenv T, env: {T: "${{ secrets.A }}"}}]', "the log"),
        ('steps: [{run: env, env: {T: "${{ secrets.A }}"}}]', "the log"),
        ('steps: [{run: "set -x\\ntest $T", env: {T: "${{ secrets.A }}"}}]', "the log"),
        ('steps: [{run: echo t=$T >>$GITHUB_OUTPUT, env: {T: "${{ secrets.A }}"}}]', "an output"),
        (
            'steps: [{run: docker build --build-arg T=$T ., env: {T: "${{ secrets.A }}"}}]',
            "a build argument",
        ),
        (
            'steps: [{run: docker build --build-arg T ., env: {T: "${{ secrets.A }}"}}]',
            "a build argument",
        ),
        (
            'steps: [{uses: docker/build@v6, with: {build-args: "T=${{ secrets.A }}"}}]',
            "a build argument",
        ),
        (
            'steps: [{uses: a/wrangler@v3, with: {command: "deploy ${{ secrets.A }}"}}]',
            "a command line",
        ),
        (
            'steps: [{uses: ./.github/actions/login, with: {token: "${{ secrets.A }}"}}]',
            "a command line",
        ),
        (
            'steps: [{run: x, shell: python, env: {T: "${{ secrets.A }}"}}]',
            "a script that is not a shell's",
        ),
        (
            'container: {credentials: {password: "${{ secrets.A }}"}}\nsteps: [{run: ls}]',
            "a container's credentials",
        ),
        (
            'uses: ./.github/workflows/called.yml\nwith: {x: "${{ secrets.A }}"}',
            "the job's with",
        ),
    ],
)
def test_a_secret_that_gets_elsewhere_is_seen(workflow: Write, job: str, way: str) -> None:
    assert {found for _, found in ways(workflow, job)} - RIGHT == {way}


def test_the_workflows_own_level_and_the_whole_context_are_seen(workflow: Write) -> None:
    job = 'steps: [{run: ls, env: {S: "${{ toJSON(secrets) }}"}}]'
    found = ways(workflow, job, top='env: {T: "${{ github.token }}"}')
    assert found == [("GITHUB_TOKEN", "the workflow's env"), (ALL_SECRETS, "a step's env")]


@pytest.mark.parametrize(
    "step",
    [
        "{run: x, env: {API_TOKEN: 3f786850e387550fdab836ed7e6dc881de23001b}}",
        '{run: x, env: {API_TOKEN: "${{ vars.TOKEN }}"}}',
        "{uses: a/b@v1, with: {password: hunter2hunter2}}",
        '{run: "login ghp_0123456789abcdefghijABCDEFGHIJ012345"}',
        "{run: x, env: {ANY: AKIA0123456789ABCDEF}}",
    ],
)
def test_a_credential_that_is_written_out_is_seen(workflow: Write, step: str) -> None:
    found = workflow(f"on: push\njobs: {{a: {{steps: [{step}]}}}}")
    assert len(list(literals(found))) == 1


@pytest.mark.parametrize(
    "step",
    [
        '{run: x, env: {API_TOKEN: "${{ secrets.A }}"}}',
        "{uses: a/b@v1, with: {persist-credentials: false, password: }}",
        '{run: x, env: {URL: "${{ vars.URL }}", TOKEN_FILE: /run/token}}',
        "{run: x, env: {REVISION: 3f786850e387550fdab836ed7e6dc881de23001b}}",
    ],
)
def test_what_is_no_credential_is_not_taken_for_one(workflow: Write, step: str) -> None:
    assert not list(literals(workflow(f"on: push\njobs: {{a: {{steps: [{step}]}}}}")))
