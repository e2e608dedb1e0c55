"""Deployments that give credentials away: each is found out by what it leaves behind."""

from pathlib import Path

import pytest

from harness import process
from harness.cloudflare.rehearsal.state import (
    Application,
    Bucket,
    Deployment,
    Module,
    State,
    StoredObject,
    UploadedVersion,
    Worker,
)
from harness.criteria.facts.canary import RELEASE, Canaries
from harness.criteria.facts.deployed_trace import asks, records
from harness.envfile import TOKEN
from harness.fixtures.worker_at_work import AtWork, Behind, at_work
from harness.github.act import run
from harness.github.workflow import DIRECTORY, Workflow
from tests.worker import WORKER, bundle

CANARIES = Canaries.made_up((TOKEN, *RELEASE))
SHELF = "loa-releases"
LOGGED = b"${request.method} ${path} ${response.status}"
BINDINGS = [
    {"type": "version_metadata", "name": "VERSION"},
    {"type": "r2_bucket", "name": "STATE", "bucket_name": "state"},
    {"type": "durable_object_namespace", "name": "LOA", "class_name": "LoaContainer"},
    {"type": "secret_text", "name": TOKEN},
]
NO_ENGINE = "unix:///nowhere/docker.sock"


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return bundle(tmp_path_factory.mktemp("bundle")).read_bytes()


def work(code: bytes) -> AtWork:
    kind = "application/javascript+module"
    version = UploadedVersion(
        number=1,
        main_module="worker.js",
        modules=[Module(name="worker.js", content_type=kind, content=code)],
        bindings=BINDINGS,
        secrets={TOKEN: CANARIES.values[TOKEN]},
        compatibility_date="2026-01-01",
    )
    behind = Behind(image="none", class_name="LoaContainer", seconds=0)
    asked = asks(CANARIES.values)
    return at_work(version, behind, asked, packages=WORKER, host=NO_ENGINE)


@pytest.mark.slow
@pytest.mark.xdist_group("worker")
@pytest.mark.parametrize(
    ("logged", "told"),
    [
        (LOGGED, set()),
        (b"${request.url}", {*RELEASE, TOKEN}),
        (b"${[...request.headers]}", {TOKEN}),
    ],
    ids=["as it is", "the query", "the headers"],
)
def test_what_a_worker_logs_is_seen(bundled: bytes, logged: bytes, told: set[str]) -> None:
    assert LOGGED in bundled, "the Worker has changed: the sabotage must follow"
    found = work(bundled.replace(LOGGED, logged))
    assert 401 in found.answers
    assert found.lines
    assert set(CANARIES.seen_in("\n".join(found.lines))) == told


STEP = """
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: |
          %s
        env: {TOKEN: "${{ secrets.CLOUDFLARE_API_TOKEN }}"}
"""


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ('test -n "$TOKEN" && echo fine', False),
        ('echo "it is $TOKEN"', True),
        ('printf "user:%s" "$TOKEN" | base64 -w0', True),
        ('echo "::error::refused: $TOKEN" >&2', True),
    ],
    ids=["as it is", "in clear", "in base64", "in an error"],
)
def test_what_a_job_prints_is_seen(tmp_path: Path, script: str, told: bool) -> None:  # noqa: FBT001
    path = tmp_path / DIRECTORY / "deploy.yml"
    path.parent.mkdir(parents=True)
    path.write_text(STEP % script, encoding="utf-8")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    process.run([*git, "init", "--quiet", "--initial-branch=main"])
    process.run([*git, "add", "--all"])
    process.run([*git, "commit", "--quiet", "--message", "one"])
    acted = run(
        Workflow.read(tmp_path, f"{DIRECTORY}/deploy.yml"),
        artifacts=tmp_path / "artifacts",
        actor="octocat",
        secrets=CANARIES.values,
        environment={},
        timeout=60,
    )
    assert acted.jobs["deploy"].result == "success"
    assert CANARIES.seen_in(acted.log) == (("CLOUDFLARE_API_TOKEN",) if told else ())


def account(*, shelf: str = "", message: str = "", env: str = "", binding: str = "") -> State:
    """An account after a release, and where it holds something that it should not."""
    stored = StoredObject(content=f'{{"owner": "{shelf}"}}'.encode(), etag="1")
    version = UploadedVersion(
        number=1,
        main_module="worker.js",
        modules=[],
        bindings=[{"type": "plain_text", "name": "TOKEN", "text": binding}],
        secrets=dict(CANARIES.values),
    )
    deployment = Deployment(versions=[], annotations={"workers/message": message})
    worker = Worker(name="w", versions=[version], deployments=[deployment])
    variables = [{"name": "TOKEN", "value": env}]
    body = {"name": "w-c", "configuration": {"image": "i", "environment_variables": variables}}
    return State(
        workers={"w": worker},
        applications={"a": Application(body=body, serving="i")},
        buckets={SHELF: Bucket(name=SHELF, objects={"releases/production.json": stored})},
    )


@pytest.mark.parametrize("place", ["", "shelf", "message", "env", "binding"])
def test_what_a_record_holds_is_seen(place: str) -> None:
    name = "CLOUDFLARE_API_TOKEN"
    state = account(**({place: CANARIES.values[name]} if place else {}))
    assert CANARIES.seen_in(records(state, SHELF)) == ((name,) if place else ())
