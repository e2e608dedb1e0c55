"""The workflows: rights, time, order, conditions and commands, as docs/workflows.md has them."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from harness.criteria.environment import PARTS
from harness.docker.dockerfile import Dockerfile
from harness.docker.image_index import ARCHITECTURES
from harness.github.workflow import Job, Step, Workflow
from harness.github.workflow_context import Contexts
from tests.conftest import REPOSITORY

PLACE = ".github/workflows"
DEPLOY, ACCEPT, AHEAD = (
    Workflow.read(REPOSITORY, f"{PLACE}/{it}.yml")
    for it in ("cloudflare-deploy", "acceptance", "stages")
)
ALL = (DEPLOY, ACCEPT, AHEAD)
JOBS = [job for it in ALL for job in it.jobs.values()]
NAMED = pytest.mark.parametrize("job", JOBS, ids=lambda it: it.place)

READ = {"contents": "read"}
TELL = {"contents": "read", "pull-requests": "write", "statuses": "write"}
RIGHTS = {
    "cloudflare-deploy.yml: job build": {**READ, "packages": "write"},
    "cloudflare-deploy.yml: job gate": {**READ, "actions": "read", "packages": "read"},
    "cloudflare-deploy.yml: job deploy": {**READ, "packages": "read"},
    "cloudflare-deploy.yml: job recover": {**READ, "packages": "read"},
    "cloudflare-deploy.yml: job notify": TELL,
    "acceptance.yml: job lint": READ,
    "acceptance.yml: job tests": READ,
    "acceptance.yml: job accept": READ,
    "acceptance.yml: job notify": TELL,
    "stages.yml: job stages": {**READ, "packages": "write"},
    "stages.yml: job publish": {**READ, "packages": "write"},
}
MINUTES = {
    "cloudflare-deploy.yml": {"build": 3, "gate": 3, "deploy": 3, "recover": 3, "notify": 1},
    "acceptance.yml": {"lint": 10, "tests": 90, "accept": 150, "notify": 5},
    "stages.yml": {"stages": 90, "publish": 5},
}
NEEDS: dict[str, dict[str, tuple[str, ...]]] = {
    "cloudflare-deploy.yml": {
        "build": (),
        "gate": ("build",),
        "deploy": ("build", "gate"),
        "recover": ("deploy",),
        "notify": ("build", "gate", "deploy", "recover"),
    },
    "acceptance.yml": {
        "lint": (),
        "tests": (),
        "accept": (),
        "notify": ("lint", "tests", "accept"),
    },
    "stages.yml": {"stages": (), "publish": ("stages",)},
}
MACHINES = {"stages.yml: job stages": "${{ matrix.machine }}"}
CLOUDFLARE = {"CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN", "CLAWDBOT_GATEWAY_TOKEN"}
ACCESS = {"CF_ACCESS_CLIENT_ID", "CF_ACCESS_CLIENT_SECRET"}
# Each command, and the variables that it is given.
GIVEN: dict[str, list[tuple[str, set[str]]]] = {
    "cloudflare-deploy.yml: job build": [
        ("harness preflight", CLOUDFLARE),
        ("harness build --push --registry-cache", {"GITHUB_TOKEN"}),
        ('harness image verify "$IMAGE"', {"IMAGE", "GITHUB_TOKEN"}),
    ],
    "cloudflare-deploy.yml: job gate": [
        (
            'harness accept --priority P0 --gate release --image "$IMAGE"',
            {"IMAGE", "GITHUB_TOKEN"},
        ),
        ('harness gate --require P0 --digest "$DIGEST" --github', {"DIGEST", "GITHUB_TOKEN"}),
        ("harness report --github --html .harness/evidence/report.html", set()),
    ],
    "cloudflare-deploy.yml: job deploy": [
        (
            'harness deploy --image "$IMAGE" --deadline 45 --evidence .harness/evidence',
            {"IMAGE", "GITHUB_TOKEN", *CLOUDFLARE, *ACCESS},
        ),
    ],
    "cloudflare-deploy.yml: job recover": [
        ("harness recover", {"GITHUB_TOKEN", *CLOUDFLARE, *ACCESS})
    ],
    "cloudflare-deploy.yml: job notify": [
        (
            "harness notify --recovery recover --evidence .harness/evidence",
            {"NEEDS", "GITHUB_TOKEN"},
        )
    ],
    "acceptance.yml: job lint": [("make lint", set())],
    "acceptance.yml: job tests": [("pytest tests -n auto --dist loadgroup", set())],
    "acceptance.yml: job accept": [
        ("pytest acceptance --ignore=acceptance/benchmarks", {"LOA_RELEASES"}),
        ("pytest acceptance --ignore=acceptance/benchmarks --long", set()),
        ("harness report --github --html .harness/evidence/report.html", set()),
    ],
    "acceptance.yml: job notify": [
        (
            "harness notify --context acceptance --evidence .harness/evidence",
            {"NEEDS", "GITHUB_TOKEN"},
        )
    ],
    "stages.yml: job stages": [
        ("harness build --ahead --registry-cache", {"GITHUB_TOKEN"}),
        ("harness build --push --for-index --registry-cache", {"GITHUB_TOKEN"}),
    ],
    "stages.yml: job publish": [("harness image index", {"GITHUB_TOKEN"})],
}
VALUES = {
    "IMAGE": "image }}",
    "DIGEST": "digest }}",
    "NEEDS": "${{ toJSON(needs) }}",
    "LOA_RELEASES": "20",
}
EVIDENCE = ".harness/evidence"


Tree = dict[str, Any]


def file_of(job: Job) -> str:
    return job.workflow.name.rpartition("/")[2]


def uses(job: Job, action: str) -> list[Step]:
    return [it for it in job.own_steps if it.uses.startswith(f"actions/{action}@")]


def asks_the_preflight(job: Job) -> bool:
    return any(re.search(r"harness (preflight|deploy)\b", it.run) for it in job.own_steps)


@NAMED
def test_a_job_has_the_rights_that_it_needs_and_no_others(job: Job) -> None:
    assert job.document["permissions"] == RIGHTS[job.place]
    assert job.workflow.document["permissions"] == {}


@NAMED
def test_a_job_has_its_time_its_machine_and_its_turn(job: Job) -> None:
    assert job.limit == MINUTES[file_of(job)][job.id]
    assert job.document["runs-on"] == MACHINES.get(job.place, "ubuntu-latest")
    assert job.needs == NEEDS[file_of(job)][job.id]


def test_the_document_has_the_same_minutes() -> None:
    text = (REPOSITORY / "docs/workflows.md").read_text(encoding="utf-8")
    table = text.partition("minutes at most")[2].partition("\n\n")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", table, re.MULTILINE))
    assert told == {name: str(it) for name, it in MINUTES["cloudflare-deploy.yml"].items()}


@NAMED
def test_a_job_begins_with_the_checkout_and_the_harness(job: Job) -> None:
    first, second = job.own_steps[:2]
    assert first.uses.startswith("actions/checkout@")
    history = {"fetch-depth": 0} if asks_the_preflight(job) else {}
    assert first.document["with"] == {"persist-credentials": False, **history}
    assert second.uses == "./.github/actions/harness"
    assert not first.condition
    assert not second.condition


@NAMED
def test_a_command_is_the_documented_one_and_is_given_what_it_reads(job: Job) -> None:
    found = [(it.run.removeprefix(".venv/bin/"), set(it.env)) for it in job.own_steps if it.run]
    assert found == GIVEN[job.place]


@NAMED
def test_a_variable_has_the_value_of_its_name(job: Job) -> None:
    for step in job.own_steps:
        for name, value in step.env.items():
            wanted = VALUES.get(name, f"${{{{ secrets.{name} }}}}")
            assert value.endswith(wanted), f"{step.place}: {name}"


def test_what_is_verified_checked_and_released_is_what_was_built() -> None:
    build, gate, deploy = (DEPLOY.jobs[it] for it in ("build", "gate", "deploy"))
    [step] = [it for it in build.own_steps if "build --push" in it.run]
    made = f"steps.{step.document['id']}.outputs"
    assert build.outputs == {it: f"${{{{ {made}.{it} }}}}" for it in ("image", "digest")}
    images = [
        it.env["IMAGE"]
        for job in (build, gate, deploy)
        for it in job.own_steps
        if "IMAGE" in it.env
    ]
    handed = "${{ needs.build.outputs.image }}"
    assert images == [f"${{{{ {made}.image }}}}", handed, handed]
    [digest] = [it.env["DIGEST"] for it in gate.own_steps if "DIGEST" in it.env]
    assert digest == "${{ needs.build.outputs.digest }}"
    [release] = [it for it in deploy.own_steps if it.run]
    assert deploy.outputs == {"url": f"${{{{ steps.{release.document['id']}.outputs.url }}}}"}


def test_what_recovery_finds_to_serve_gets_to_those_who_are_told() -> None:
    recover, notify = DEPLOY.jobs["recover"], DEPLOY.jobs["notify"]
    [way_back] = [it for it in recover.own_steps if it.run]
    made = f"steps.{way_back.document['id']}.outputs"
    assert recover.outputs == {"serves": f"${{{{ {made}.serves }}}}"}
    assert "recover" in notify.needs


def test_evidence_gets_from_the_job_that_gathers_it_to_those_that_read_it() -> None:
    for job in JOBS:
        for step in uses(job, "upload-artifact"):
            wanted = {"name": "evidence", "path": f"{EVIDENCE}/", "include-hidden-files": True}
            assert step.document["with"] == wanted
        for step in uses(job, "download-artifact"):
            assert step.document["with"] == {"name": "evidence", "path": EVIDENCE}
    keeping = [it.place for it in JOBS if uses(it, "upload-artifact")]
    reading = [it.place for it in JOBS if uses(it, "download-artifact")]
    assert keeping == ["cloudflare-deploy.yml: job gate", "acceptance.yml: job accept"]
    assert reading == [
        "cloudflare-deploy.yml: job deploy",
        "cloudflare-deploy.yml: job notify",
        "acceptance.yml: job notify",
    ]


def test_who_tells_does_so_without_evidence_too_but_nothing_is_released_without() -> None:
    for job in JOBS:
        for step in uses(job, "download-artifact"):
            assert step.document.get("continue-on-error", False) == (job.id == "notify"), step.place
    others = [
        it for job in JOBS for it in job.own_steps if it not in uses(job, "download-artifact")
    ]
    assert not [it.place for it in others if "continue-on-error" in it.document]


def holds(condition: str, *, good: bool = True, **given: Tree) -> bool:
    """Whether a condition holds at the end of what went well or not, on main if nothing is said."""
    github = {"ref": "refs/heads/main", "repository": "o/r", "event_name": "push"}
    trees: Mapping[str, Any] = {"github": github | given.pop("github", {}), **given}
    status = {"success": good, "failure": not good, "always": True, "cancelled": False}
    return Contexts(trees, status).holds(condition)


def test_reports_and_evidence_are_left_after_a_failure_too() -> None:
    for job in (DEPLOY.jobs["gate"], ACCEPT.jobs["accept"]):
        late = [it for it in job.own_steps if re.search(r"harness (report|gate) ", it.run)]
        for step in (*late, *uses(job, "upload-artifact")):
            assert holds(step.condition, good=False), step.place
            assert holds(step.condition, good=True), step.place
    early = [it for it in JOBS[0].own_steps if it.run]
    assert not [it.place for it in early if it.condition]


@pytest.mark.parametrize(
    ("result", "recovers"),
    [("success", False), ("skipped", False), ("failure", True), ("cancelled", True)],
)
def test_a_release_that_began_and_did_not_succeed_is_taken_back(
    result: str, *, recovers: bool
) -> None:
    needs = {"deploy": {"result": result}}
    condition = DEPLOY.jobs["recover"].condition
    assert holds(condition, good=result == "success", needs=needs) == recovers


@pytest.mark.parametrize("name", ["build", "notify"])
def test_only_main_is_released(name: str) -> None:
    condition = DEPLOY.jobs[name].condition
    assert holds(condition)
    assert not holds(condition, github={"ref": "refs/heads/other"})
    assert holds(condition, good=False) == (name == "notify"), "a failure is told too"


@pytest.mark.parametrize("name", ["stages", "publish"])
def test_stages_are_built_from_main_only(name: str) -> None:
    condition = AHEAD.jobs[name].condition
    assert holds(condition)
    assert not holds(condition, github={"ref": "refs/heads/other"})
    assert holds(condition, good=False) == (name == "publish"), "one processor's may be there"


def test_each_processor_s_image_is_built_on_its_own_kind_of_machine() -> None:
    strategy = AHEAD.jobs["stages"].document["strategy"]
    machines = ["ubuntu-latest", "ubuntu-24.04-arm"]
    assert strategy == {"fail-fast": False, "matrix": {"machine": machines}}
    assert len(machines) == len(ARCHITECTURES)


def test_a_fork_s_pull_request_is_not_told_and_others_are() -> None:
    condition = ACCEPT.jobs["notify"].condition
    for repository, told in (("o/r", True), ("fork/r", False)):
        event = {"pull_request": {"head": {"repo": {"full_name": repository}}}}
        for good in (True, False):
            assert holds(condition, good=good, github={"event": event}) == told


@pytest.mark.parametrize("event", ["pull_request", "push", "schedule", "workflow_dispatch"])
def test_a_pull_request_is_checked_soon_and_main_in_full(event: str) -> None:
    steps = {it.run: it for it in ACCEPT.jobs["accept"].own_steps if it.run}
    short, full = list(steps.values())[:2]
    given = {"event_name": event}
    assert holds(short.condition, github=given) == (event == "pull_request")
    assert holds(full.condition, github=given) == (event != "pull_request")


def test_each_starts_on_what_the_document_says() -> None:
    assert set(DEPLOY.document["on"]) == {"push", "workflow_dispatch"}
    assert set(ACCEPT.document["on"]) == {"pull_request", "push", "schedule", "workflow_dispatch"}
    assert set(AHEAD.document["on"]) == {"push", "schedule", "workflow_dispatch"}
    assert ACCEPT.document["on"]["pull_request"] is None
    # The job asks for the branch too; a run that does nothing would still stand in the list.
    assert [it.document["on"]["push"]["branches"] for it in ALL] == [["main"]] * 3


def test_what_makes_evidence_void_has_it_gathered_anew() -> None:
    paths = ACCEPT.document["on"]["push"]["paths"]
    of_harness = {f"{it}/**" for it in ("harness", "acceptance")}
    assert {*paths} == {f"{it}/**" for it in PARTS.values()} | of_harness


def test_what_compilers_work_on_is_built_before_the_next_release() -> None:
    paths = [it.removesuffix("/**") for it in AHEAD.document["on"]["push"]["paths"]]
    stages = Dockerfile.read(REPOSITORY / "deploy/Dockerfile").stages
    slow = [it for it in stages if it.name in {"rust-builder", "python-builder"}]
    steps = [step for stage in slow for step in stage.instructions if step.is_step]
    taken = {it for step in steps for it in re.findall(r"deploy/[\w./-]+", step.value)}
    assert len(slow) == 2
    assert taken
    assert not [it for it in taken if not any(f"{it}/".startswith(f"{place}/") for place in paths)]
    assert "deploy/Dockerfile" in paths


def test_evidence_is_gathered_before_it_is_seven_days_old_and_stages_every_night() -> None:
    _, _, day, month, weekday = cron(ACCEPT)
    assert (day, month, weekday) == ("*", "*", "1,4")
    assert cron(AHEAD)[2:] == ["*", "*", "*"]
    for workflow in (ACCEPT, AHEAD):
        assert all(it.isdecimal() for it in cron(workflow)[:2]), "once on such a day"


def cron(workflow: Workflow) -> list[str]:
    [schedule] = workflow.document["on"]["schedule"]
    return str(schedule["cron"]).split()


def test_a_release_waits_for_the_one_before_and_a_pull_request_s_checks_do_not() -> None:
    ways = [it.document["concurrency"] for it in ALL]
    assert [it["group"] for it in ways] == [
        "cloudflare-deploy",
        "acceptance-${{ github.ref }}",
        "stages",
    ]
    assert [it["cancel-in-progress"] for it in ways] == [
        False,
        "${{ github.event_name == 'pull_request' }}",
        False,
    ]


@NAMED
def test_an_environment_is_asked_for_where_its_secrets_are(job: Job) -> None:
    takes = {it for step in job.own_steps for it in step.env} & CLOUDFLARE
    assert job.document.get("environment") == ("production" if takes else None)


def test_the_harness_is_set_up_from_the_lock() -> None:
    steps = [it for it in JOBS[0].steps() if it.outer]
    python, made = steps
    assert python.uses.startswith("actions/setup-python@")
    lock = {"cache": "pip", "cache-dependency-path": "requirements.lock"}
    assert python.document["with"] == {"python-version": "3.12", **lock}
    assert made.run == "python3 harness/bootstrap.py .venv"
