import json
import textwrap

import pytest

from harness.github.workflow import DIRECTORY
from harness.github.workflow_secrets import RIGHT, uses
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


def script(text: str) -> str:
    """Return a job whose only script has a secret in T."""
    given = {"run": text, "env": {"T": "${{ secrets.A }}"}}
    return f"steps: {json.dumps([given])}"


@pytest.mark.parametrize(
    "text",
    [
        "cat <<'EOF'\n$T\nEOF",
        "cat <<\\EOF\n$T\nEOF",
        "cat <<EOF > .npmrc\ntoken=$T\nEOF",
        "cat > .npmrc <<-EOF\n\ttoken=$T\n\tEOF",
        "tee .npmrc >/dev/null <<EOF\n$T\nEOF",
        "curl --config - <<EOF\nheader = $T\nEOF",
        'echo "$T" | tr -d x | login --stdin',
        'base64 -d <<< "$T" > key',
        'echo "$T" | base64 -d | tee key > /dev/null',
        'x=$(echo "$T" | tr -d x)',
        'echo "$T" | login "$(date)"',
        'test $(echo "$T" | cut -c1-2) = gh',
    ],
)
def test_a_secret_that_is_only_handed_on_is_right(workflow: Write, text: str) -> None:
    assert ways(workflow, script(text)) == [("A", "a step's env")]


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ('cat <<EOF >> "$GITHUB_OUTPUT"\nt=$T\nEOF', "an output"),
        ('cat >>"$GITHUB_ENV" <<"EOF"\nT<<X\nEOF\ncat <<X >>$GITHUB_ENV\n$T\nX', "an output"),
        ('cat <<EOF\na "quoted" $T\nEOF', "the log"),
        ("cat <<- EOF | sed 's/./& /g'\n\t$T\n\tEOF", "the log"),
        ('cat <<< "$T"', "the log"),
        ('cat <<< "$T" >/dev/stderr', "the log"),
        ('echo "$T" | base64', "the log"),
        ('echo "$T" | tee "$(date)"', "the log"),
        ('echo "t=$T" | tee -a "$GITHUB_OUTPUT"', "an output"),
        ('echo "t=$T" | sudo tee -a $GITHUB_STEP_SUMMARY >/dev/null', "an output"),
        ('echo "$T" | xargs login -p', "a command line"),
        ("login -p $(echo $T | tr -d x)", "a command line"),
        ("x=$(echo $T | tr -d x); login -p $x", "a command line"),
        ("echo $(echo $T)", "the log"),
        ("printenv T 2>/dev/null", "the log"),
    ],
)
def test_a_secret_that_is_said_by_another_is_seen(workflow: Write, text: str, way: str) -> None:
    assert {found for _, found in ways(workflow, script(text))} - RIGHT == {way}


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
