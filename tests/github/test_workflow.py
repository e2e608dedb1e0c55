import pytest

from harness.github.errors import BeyondModelError, WorkflowError
from harness.github.workflow import DIRECTORY, Workflow, workflows
from harness.github.workflow_events import push
from harness.github.workflow_expression import Unknown
from harness.github.workflow_release import find
from harness.github.workflow_run import Run
from harness.github.workflow_time import critical_path
from tests.github.conftest import Write

MAIN = push("main", "deploy/x")


def ran(found: Workflow) -> dict[str, object]:
    run = Run(found, MAIN)
    return {name: run.job(job) for name, job in found.jobs.items()}


def test_a_job_runs_when_what_it_needs_ran_and_its_condition_holds(workflow: Write) -> None:
    found = workflow(
        """
on: push
jobs:
  build: {steps: [{run: "true"}]}
  never: {if: github.ref == 'refs/heads/other', needs: build, steps: [{run: "true"}]}
  after: {needs: [build, never], steps: [{run: "true"}]}
  recover: {needs: after, if: always(), steps: [{run: "true"}]}
  alarm: {needs: [build], if: "${{ failure() }}", steps: [{run: "true"}]}
  text: {if: "${{ false }} == true", steps: [{run: "true"}]}
  off: {if: false, steps: [{run: "true"}]}
  asked: {if: vars.DEPLOY == 'yes', steps: [{run: "true"}]}
  behind: {needs: asked, steps: [{run: "true"}]}
  back: {needs: build, if: "always() && needs.build.result != 'success'", steps: [{run: "true"}]}
  told: {needs: never, if: "always() && needs.never.result == 'skipped'", steps: [{run: "true"}]}
"""
    )
    asked = Unknown("vars.deploy")
    assert ran(found) == {
        "build": True,
        "never": False,
        "after": False,
        "recover": True,
        "alarm": False,
        "text": True,
        "off": False,
        "asked": asked,
        "behind": asked,
        "back": False,
        "told": True,
    }


def test_success_asks_all_jobs_that_end_before(workflow: Write) -> None:
    found = workflow(
        """
on: push
jobs:
  gate: {if: github.event_name == 'pull_request', steps: [{run: "true"}]}
  test: {needs: gate, if: "${{ !failure() && !cancelled() }}", steps: [{run: "true"}]}
  ship: {needs: test, steps: [{run: "true"}]}
  said: {needs: test, if: success(), steps: [{run: "true"}]}
  heeded: {needs: test, if: "!failure() && needs.test.result == 'success'", steps: [{run: "true"}]}
  all: {needs: [gate, test], if: "always() && !contains(needs.*.result, 'failure')", steps: []}
  none: {needs: [gate, test], if: "always() && contains(needs.*.result, 'failure')", steps: []}
  told: {needs: test, if: fromJSON(needs.test.outputs.plan).deploy == true, steps: []}
"""
    )
    runs = {"gate": False, "test": True, "ship": False, "said": False, "heeded": True}
    assert ran(found) == {**runs, "all": True, "none": False, "told": False}


def test_what_stands_behind_a_job_that_fails_is_skipped_unless_it_asks(workflow: Write) -> None:
    found = workflow(
        """
on: push
jobs:
  deploy: {steps: []}
  off: {if: false, steps: []}
  asked: {if: vars.X == 'y', steps: []}
  smoke: {needs: [deploy, asked], steps: []}
  good: {needs: smoke, steps: []}
  bad: {needs: smoke, if: failure(), steps: []}
  told: {needs: smoke, if: "always() && needs.smoke.result == 'skipped'", steps: []}
  any: {needs: [deploy, smoke], if: "always() && contains(needs.*.result, 'failure')", steps: []}
"""
    )
    run = Run(found, MAIN, assumed=True, failing={"deploy", "off"})
    results = {name: run.result(it) for name, it in found.jobs.items()}
    assert results == {
        "deploy": "failure",
        "off": "skipped",
        "asked": "success",
        "smoke": "skipped",
        "good": "skipped",
        "bad": "success",
        "told": "success",
        "any": "success",
    }


def test_a_called_workflow_and_a_local_action_are_followed(workflow: Write) -> None:
    found = workflow(
        "on: push\njobs: {go: {if: github.ref == 'x', uses: ./.github/workflows/called.yml}}",
        {
            f"{DIRECTORY}/called.yml": """
on: {workflow_call: }
jobs:
  inner:
    steps:
      - uses: ./.github/actions/mine
        if: github.ref == 'refs/heads/main'
      - uses: ./.github/actions/program
""",
            ".github/actions/mine/action.yaml": "runs: {using: composite, steps: [{run: ls}]}",
            ".github/actions/program/action.yml": "runs: {using: node20, main: x.js}",
        },
    )
    (job, inner) = found.all_jobs()
    places = [it.place for it in inner.steps()]
    assert places == [
        "called.yml: job inner, step 1",
        "called.yml: job inner, step 1, ./.github/actions/mine, step 1",
        "called.yml: job inner, step 2",
    ]
    run = Run(found, MAIN).called(job)
    assert run is not None
    assert [run.step(inner, it) for it in inner.steps()] == [False, False, False]
    alone = Run(inner.workflow, MAIN)
    assert [alone.step(inner, it) for it in inner.steps()] == [True, True, True]


def test_a_script_has_the_defaults_of_its_job_and_then_of_the_workflow(workflow: Write) -> None:
    found = workflow(
        """
on: push
defaults: {run: {shell: sh, working-directory: outer}}
jobs:
  a:
    defaults: {run: {working-directory: inner}}
    steps:
      - run: ls
      - {run: ls, shell: python, working-directory: own}
      - uses: ./.github/actions/mine
""",
        {".github/actions/mine/action.yml": "runs: {using: composite, steps: [{run: ls}]}"},
    )
    assert [(it.document.get("shell"), it.directory) for it in found.jobs["a"].steps()] == [
        ("sh", "inner"),
        ("python", "own"),
        (None, "."),
        (None, "."),
    ]


def test_a_script_of_npm_that_deploys_is_found_where_it_is_run(workflow: Write) -> None:
    written = workflow(
        """
on: push
defaults: {run: {working-directory: worker}}
jobs: {ship: {steps: [{run: npm run ship}]}}
""",
        {"worker/package.json": '{"scripts": {"ship": "wrangler deploy"}}'},
        name="ship.yml",
    )
    assert find(written.root).name == written.name


def minutes(found: Workflow) -> tuple[float, tuple[str, ...]]:
    path = critical_path(found, Run(found, MAIN))
    return path.minutes, path.jobs


def test_the_critical_path_is_the_longest_way_through_the_limits(workflow: Write) -> None:
    found = workflow(
        """
on: push
jobs:
  build: {timeout-minutes: 4, steps: [{run: "true"}]}
  check: {timeout-minutes: 1, steps: [{run: "true"}]}
  deploy: {needs: [build, check], uses: ./.github/workflows/called.yml}
  tell: {needs: deploy, if: always(), steps: [{run: "true", timeout-minutes: 0.5}]}
  late: {needs: deploy, if: failure(), timeout-minutes: 60, steps: [{run: "true"}]}
""",
        {
            f"{DIRECTORY}/called.yml": """
on: workflow_call
jobs:
  a: {timeout-minutes: 2, steps: [{run: "true"}]}
  b:
    timeout-minutes: 2
    strategy: {max-parallel: 2, matrix: {os: [x, y, z]}}
    steps: [{run: "true"}]
"""
        },
    )
    assert minutes(found) == (8.5, ("build", "deploy", "b", "tell"))


@pytest.mark.parametrize(
    ("job", "limit"),
    [
        ("{steps: [{run: ls}]}", 360),
        ("{timeout-minutes: 9, steps: [{run: ls, timeout-minutes: 2}, {run: ls}]}", 9),
        ("{timeout-minutes: 9, steps: [{run: ls, timeout-minutes: 2}]}", 2),
        ("{timeout-minutes: 3, strategy: {matrix: {a: [1, 2]}}, steps: [{run: ls}]}", 3),
        (
            "{timeout-minutes: 3, steps: [{}], strategy: {max-parallel: 1, matrix: {a: [1, 2]}}}",
            6,
        ),
        (
            (
                "{timeout-minutes: 3, steps: [{}], "
                "strategy: {max-parallel: 1, matrix: {a: [1, 2], include: [{a: 3}]}}}"
            ),
            9,
        ),
    ],
)
def test_a_limit_is_what_github_enforces(workflow: Write, job: str, limit: float) -> None:
    assert minutes(workflow(f"on: push\njobs: {{only: {job}}}"))[0] == limit


@pytest.mark.parametrize(
    "job",
    [
        "{timeout-minutes: '${{ vars.LIMIT }}', steps: [{run: ls}]}",
        "{uses: other/repository/.github/workflows/x.yml@main}",
        "{timeout-minutes: 1, steps: [{run: ls}], strategy: {max-parallel: 1, matrix: '${{ x }}'}}",
        "{steps: [], strategy: {max-parallel: 1, matrix: {a: [1], include: '${{ x }}'}}}",
        "{steps: [], strategy: {max-parallel: 0, matrix: {a: [1]}}}",
    ],
)
def test_what_is_computed_elsewhere_is_not_guessed(workflow: Write, job: str) -> None:
    found = workflow(f"on: push\njobs: {{only: {job}}}")
    with pytest.raises(BeyondModelError):
        minutes(found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("on: push", "no jobs"),
        ("on: push\njobs: {a: {needs: b, steps: []}}", "no such job"),
        ("on: push\njobs: {a: {needs: 3, steps: []}}", "job a: needs is no list"),
        ("on: push\njobs: {a: {needs: b, steps: []}, b: {needs: a, steps: []}}", "wait for"),
        ("on: push\njobs: {a: {}}", "either steps"),
        ("on: push\njobs: {a: 3}", "no table"),
        ("jobs: {a: {steps: []}}", "no `on`"),
    ],
)
def test_what_github_refuses_is_named_with_its_file(workflow: Write, text: str, why: str) -> None:
    with pytest.raises(WorkflowError, match=rf"deploy\.yml: .*{why}"):
        workflow(text)


def test_a_workflow_that_cannot_be_called_is_refused(workflow: Write) -> None:
    found = workflow("on: push\njobs: {a: {uses: ./.github/workflows/deploy.yml}}")
    with pytest.raises(WorkflowError, match="cannot be called"):
        list(found.all_jobs())


def test_a_local_action_must_be_there(workflow: Write) -> None:
    found = workflow("on: push\njobs: {a: {steps: [{uses: ./nothing}]}}")
    with pytest.raises(WorkflowError, match=r"step 1: no action in \./nothing"):
        list(found.jobs["a"].steps())


@pytest.mark.parametrize(("text", "why"), [("{", "no valid YAML"), ("[]", "it holds no table")])
def test_a_local_action_that_cannot_be_read_is_named(workflow: Write, text: str, why: str) -> None:
    steps = "on: push\njobs: {a: {steps: [{uses: ./mine}]}}"
    found = workflow(steps, {"mine/action.yml": text})
    with pytest.raises(WorkflowError, match=rf"^deploy.yml: job a, step 1, \./mine: {why}"):
        list(found.jobs["a"].steps())


@pytest.mark.parametrize("steps", ["3", "text", "[text]"])
def test_steps_are_a_list_of_tables(workflow: Write, steps: str) -> None:
    found = workflow(f"on: push\njobs: {{a: {{steps: {steps}}}}}")
    with pytest.raises(WorkflowError, match=r"^deploy\.yml: job a: a step is no table"):
        list(found.jobs["a"].steps())


def test_only_files_right_in_the_folder_are_workflows(workflow: Write) -> None:
    found = workflow(
        "on: push\njobs: {a: {steps: []}}",
        {f"{DIRECTORY}/b.yaml": "", f"{DIRECTORY}/old/c.yml": "", f"{DIRECTORY}/d.txt": ""},
    )
    assert workflows(found.root) == [f"{DIRECTORY}/b.yaml", f"{DIRECTORY}/deploy.yml"]
