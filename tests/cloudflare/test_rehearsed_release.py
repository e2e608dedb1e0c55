"""Releases to a Cloudflare of this machine that executes them: nothing of it is made up."""

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from harness import process
from harness.cloudflare.api import Api
from harness.cloudflare.credentials import Credentials
from harness.cloudflare.registry import Registry
from harness.cloudflare.rehearsal.image import Behaviour, rehearsal_image
from harness.docker.revision import Revision
from harness.engine.model import Engine
from harness.fixtures.rehearsed_account import RehearsedAccount, rehearsed_account
from harness.process import Completed
from harness.project import Project

pytestmark = [pytest.mark.engine, pytest.mark.long, pytest.mark.xdist_group("edge")]

_AUTHOR = ("-c", "user.name=harness", "-c", "user.email=harness@example.invalid")


@pytest.fixture
def committed(copy: Project) -> Project:
    git = ["git", "-C", str(copy.root), *_AUTHOR]
    process.run([*git, "add", "--all"])
    process.run([*git, "commit", "--quiet", "--allow-empty", "--message", "as it is"])
    return copy


@pytest.fixture
def account(committed: Project, docker: Engine) -> Iterator[RehearsedAccount]:
    with rehearsed_account(committed, docker) as found, found.entered():
        yield found
    host = found.environment["CLOUDFLARE_CONTAINER_REGISTRY"]
    images = docker.client.images.list()
    assert not [
        it for it in images if f"{host}/" in str(it.attrs["RepoTags"] + it.attrs["RepoDigests"])
    ]


def _pushed(project: Project, docker: Engine, behaviour: Behaviour) -> str:
    commit = Revision.of(project.root).commit
    name = rehearsal_image(project, docker, commit, behaviour)
    with closing(Api(Credentials.of_environment())) as api:
        registry = Registry(api, project.config.cloudflare.image)
        return registry.name(registry.push(docker, name, behaviour))


def _release(project: Project, image: str, *words: str) -> Completed:
    harness = Path(sys.executable).with_name("harness")
    where = ["--environment", "staging", "--project", str(project.root)]
    return process.run([harness, "deploy", "--image", image, *where, *words], check=False)


def test_a_crashing_image_is_taken_back_and_the_old_one_serves_again(
    committed: Project, docker: Engine, account: RehearsedAccount
) -> None:
    healthy = _pushed(committed, docker, "healthy")
    done = _release(committed, healthy)
    assert done.ok, done.stderr
    before = account.cloud.state.workers["loa-staging"].live()
    done = _release(committed, _pushed(committed, docker, "crashing"), "--deadline", "20")
    assert done.status == 1, done.stderr
    health = httpx.get(f"{account.environment['LOA_STAGING_URL']}/health", timeout=60).json()
    assert health["revision"] == Revision.of(committed.root).commit
    assert health["gateway"] == "running"
    assert account.cloud.state.workers["loa-staging"].live() == before
    (application,) = account.cloud.state.applications.values()
    assert application.serving == application.image == healthy
    assert not account.cloud.calls.unknown
