"""Releases to a Cloudflare of this machine that executes them: nothing of it is made up."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness import names
from harness.cloudflare.rehearsed import BEFORE
from harness.engine.model import Engine
from harness.envfile import TOKEN, read
from harness.fixtures.commits import commit
from harness.fixtures.live_releases import live_releases
from harness.owner import Owner
from harness.project import Project
from tests.conftest import REPOSITORY

pytestmark = [pytest.mark.engine, pytest.mark.long, pytest.mark.xdist_group("edge")]

PATIENCE = 600.0


@pytest.fixture
def committed(copy: Project) -> Project:
    commit(copy.root, "as it is")
    return copy


def command(project: Project, *words: str) -> list[str]:
    harness = Path(sys.executable).with_name("harness")
    return [str(harness), "deploy", "--project", str(project.root), *words]


def left_by(docker: Engine, pid: int) -> list[str]:
    """Name what a process has left on the engine."""
    labelled: dict[str, Any] = {"label": names.OWNER}
    containers = docker.client.containers.list(all=True, filters=labelled)
    images = docker.client.images.list(filters=labelled)
    found = [(it.name, it.labels) for it in containers] + [(it.id, it.labels) for it in images]
    return [name for name, its in found if Owner.parse(its[names.OWNER]).pid == pid]


def test_a_crashing_image_is_taken_back_and_the_old_one_serves_again(docker: Engine) -> None:
    with live_releases(Project(REPOSITORY), docker) as made:
        where = ("--environment", "staging")
        healthy = made.image()
        revision = made.commit
        done = made.deploy(healthy, *where)
        assert done.ok, done.stderr
        before = made.served("staging")
        done = made.deploy(made.image("crashing"), *where, "--deadline", "20")
        assert done.status == 1, done.stderr
        assert "what served before serves again, and is well" in done.stderr
        url = made.account.environment["LOA_STAGING_URL"]
        health = httpx.get(f"{url}/health", timeout=60).json()
        assert (health["revision"], health["gateway"]) == (revision, "running")
        assert made.served("staging") == before
        assert made.served("staging").is_whole
        assert not made.account.cloud.calls.unknown
        host = made.account.environment["CLOUDFLARE_CONTAINER_REGISTRY"]
    for image in docker.client.images.list():
        assert f"{host}/" not in str(image.attrs["RepoTags"] + image.attrs["RepoDigests"])
    assert not left_by(docker, os.getpid())


@pytest.fixture
def kept(committed: Project) -> Iterator["subprocess.Popen[str]"]:
    words = command(committed, "--rehearse", "--keep", "--environment", "staging")
    # What a shell starts in the background hears no Ctrl-C, nor does what that starts.
    words = ["env", "--default-signal=INT", *words]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        yield child
        child.kill()


def test_what_is_kept_lets_in_who_has_the_token_until_ctrl_c(
    committed: Project, docker: Engine, kept: "subprocess.Popen[str]"
) -> None:
    assert kept.stdout
    said = next((it for it in kept.stdout if " goes on" in it), "")
    url = re.match(r"http\S+", said)
    assert url
    token = read(committed.root)[TOKEN]
    assert token not in said
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{url[0]}/health", timeout=60).json()["gateway"] == "running"
    assert httpx.get(f"{url[0]}/loa/version", timeout=60).status_code == httpx.codes.UNAUTHORIZED
    assert httpx.get(f"{url[0]}/loa/version", headers=bearer, timeout=60).is_success
    assert left_by(docker, kept.pid)
    # A terminal sends it to all that run in it.
    os.killpg(kept.pid, signal.SIGINT)
    assert kept.wait(PATIENCE) == 130
    assert not left_by(docker, kept.pid)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url[0]}/health")


def test_a_rehearsal_replaces_an_earlier_release_and_goes_back_to_it(
    committed: Project, docker: Engine
) -> None:
    words = command(committed, "--rehearse")
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as child:
        try:
            said = child.communicate(timeout=PATIENCE)[1]
        finally:
            child.kill()
    assert child.returncode == 0, said
    assert f"release {BEFORE!r}, at once" in said
    assert f"now the way back in production, to release {BEFORE!r}" in said
    assert "what was replaced serves again, and is well" in said
    assert not left_by(docker, child.pid)
