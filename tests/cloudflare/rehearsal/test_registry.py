"""A real registry behind the credentials that the API gives out."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.cloudflare.packages import install_packages
from harness.cloudflare.rehearsal import Login, Rehearsal, rehearsal
from harness.docker.loopback_registry import registry
from harness.engine.model import Engine
from tests.cloudflare.rehearsal.client import client, code, result
from tests.cloudflare.rehearsal.wrangler import NAME, WORKER, Wrangler


@pytest.fixture(scope="module")
def login() -> Iterator[Login]:
    credentials = ("v1", "not-a-secret")
    with registry(credentials) as served:
        yield Login(served.host, *credentials)


@pytest.fixture
def cloud(login: Login) -> Iterator[Rehearsal]:
    with rehearsal(registry=login) as up:
        yield up


def test_the_credentials_open_the_registry(cloud: Rehearsal, login: Login) -> None:
    with client(cloud) as api:
        path = f"containers/registries/{login.host}/credentials"
        given = result(api.post(path, json={"permissions": ["push", "pull"]}))
        assert code(api.post("containers/registries/elsewhere/credentials", json={}))[0] == 404
    address = f"http://{login.host}/v2/"
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, auth=(given["username"], given["password"])).status_code == 200
    assert cloud.environment["CLOUDFLARE_CONTAINER_REGISTRY"] == login.host


def _own_settings(docker: Engine, place: Path) -> dict[str, str]:
    """Return what leads wrangler to the engine; it logs in, and not in the user's settings."""
    place.mkdir()
    theirs = docker.variables.get("DOCKER_CONFIG")
    if theirs:
        (place / "cli-plugins").symlink_to(Path(theirs) / "cli-plugins")
    program = {"WRANGLER_DOCKER_BIN": str(docker.program)}
    # buildx leaves a Dockerfile that came through a pipe among temporary files.
    places = {"DOCKER_CONFIG": str(place), "TMPDIR": str(place)}
    return {"DOCKER_HOST": docker.host, **places, **program}


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.xdist_group("worker")
def test_wrangler_builds_logs_in_and_pushes(
    cloud: Rehearsal, login: Login, docker: Engine, tmp_path: Path
) -> None:
    install_packages(WORKER)
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n", encoding="utf-8")
    wrangler = Wrangler(cloud, tmp_path)
    wrangler.configure("./Dockerfile")
    done = wrangler("deploy", **_own_settings(docker, tmp_path / "docker"))
    assert done.ok, done.stdout + done.stderr
    (application,) = cloud.state.applications.values()
    name, _, digest = application.image.partition("@")
    tag = cloud.state.workers[NAME].versions[0].id[:8]
    docker.client.images.remove(f"{name}:{tag}", force=True)
    host, _, repository = name.partition("/")
    assert host == login.host
    assert repository.startswith(f"{cloud.state.account}/")
    pushed = httpx.head(
        f"http://{host}/v2/{repository}/manifests/{tag}",
        auth=(login.username, login.password),
        headers={"Accept": "application/vnd.docker.distribution.manifest.v2+json"},
    )
    assert pushed.headers["Docker-Content-Digest"] == digest
