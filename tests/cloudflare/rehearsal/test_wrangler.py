"""The real wrangler takes the rehearsal for Cloudflare."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.cloudflare.packages import install_packages
from harness.cloudflare.rehearsal import Login, Rehearsal, Status, rehearsal
from harness.process import Completed
from tests.cloudflare.rehearsal.client import NEW, OLD, client, deploy, known_images
from tests.cloudflare.rehearsal.wrangler import NAME, WORKER, Wrangler

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("worker")]

_REGISTRY = Login("127.0.0.1:5000", "user", "password")


@pytest.fixture(autouse=True, scope="module")
def _packages() -> None:
    install_packages(WORKER)


@pytest.fixture
def cloud() -> Iterator[Rehearsal]:
    with rehearsal(registry=_REGISTRY) as up:
        known_images(up)
        yield up


@pytest.fixture
def wrangler(cloud: Rehearsal, tmp_path: Path) -> Wrangler:
    return Wrangler(cloud, tmp_path)


def _image(cloud: Rehearsal, digest: str) -> str:
    return f"{_REGISTRY.host}/{cloud.state.account}/loa@{digest}"


def _well(done: Completed) -> None:
    assert done.ok, done.stdout + done.stderr


def _health(cloud: Rehearsal) -> dict[str, str]:
    answer: dict[str, str] = httpx.get(f"{cloud.url(NAME)}/health").json()
    return answer


def _versions(cloud: Rehearsal) -> list[str]:
    return [version.id for version in cloud.state.workers[NAME].versions]


def _live(cloud: Rehearsal) -> dict[str, float]:
    return {version.id: share for version, share in cloud.state.workers[NAME].live()}


def test_a_worker_with_its_container_goes_live_and_a_new_image_by_a_rollout(
    cloud: Rehearsal, wrangler: Wrangler
) -> None:
    wrangler.configure(_image(cloud, OLD), r2_buckets=[{"binding": "STATE", "bucket_name": "s-s"}])
    _well(wrangler("deploy"))
    assert _health(cloud) == {
        "version": _versions(cloud)[0],
        "revision": "old",
        "gateway": "running",
    }
    assert "s-s" in cloud.state.buckets
    assert not cloud.state.rollouts
    wrangler.configure(_image(cloud, NEW), r2_buckets=[{"binding": "STATE", "bucket_name": "s-s"}])
    _well(wrangler("deploy", "--containers-rollout", "immediate"))
    assert _health(cloud)["revision"] == "new"
    assert [rollout.steps for rollout in cloud.state.rollouts.values()] == [[100.0]]


def test_a_version_is_uploaded_shown_to_nobody_and_then_to_all(
    cloud: Rehearsal, wrangler: Wrangler
) -> None:
    wrangler.configure()
    with client(cloud) as api:
        deploy(api, path=f"workers/scripts/{NAME}")
    _well(wrangler("versions", "upload"))
    old, new = _versions(cloud)
    assert _live(cloud) == {old: 100}
    _well(wrangler("versions", "deploy", f"{old}@100%", f"{new}@0%", "-y"))
    assert _live(cloud) == {old: 100, new: 0}
    _well(wrangler("versions", "deploy", f"{new}@100%", "-y"))
    assert _live(cloud) == {new: 100}


def test_going_back_over_a_changed_secret_is_refused_and_forced(
    cloud: Rehearsal, wrangler: Wrangler
) -> None:
    wrangler.configure()
    with client(cloud) as api:
        deploy(api, path=f"workers/scripts/{NAME}")
    old = _versions(cloud)[0]
    _well(wrangler("secret", "put", "TOKEN", stdin="hidden"))
    assert cloud.state.workers[NAME].versions[-1].secrets == {"TOKEN": "hidden"}
    _well(wrangler("rollback", old, "-y"))
    deployments = [call.status for call in cloud.calls if call.path.endswith("/deployments")]
    assert deployments[-2:] == [400, 200]
    assert _live(cloud) == {old: 100}


def test_a_pending_migration_is_not_uploaded_aside(cloud: Rehearsal, wrangler: Wrangler) -> None:
    with client(cloud) as api:
        deploy(api, path=f"workers/scripts/{NAME}")
    wrangler.configure(_image(cloud, OLD))
    done = wrangler("versions", "upload")
    assert not done.ok
    assert "migration" in done.stdout + done.stderr
    assert len(_versions(cloud)) == 1


def test_wrangler_has_patience_with_uploads_and_with_nothing_else(
    cloud: Rehearsal, wrangler: Wrangler
) -> None:
    wrangler.configure()
    with client(cloud) as api:
        deploy(api, path=f"workers/scripts/{NAME}")
    upload = cloud.faults.inject("POST */versions", Status(429, retry_after=1))
    _well(wrangler("versions", "upload"))
    shown = cloud.faults.inject("POST */deployments", Status(503))
    old, new = _versions(cloud)
    assert not wrangler("versions", "deploy", f"{new}@100%", "-y").ok
    assert (upload.seen, shown.seen) == (2, 1)
    assert _live(cloud) == {old: 100}
