"""A push: tried again while the registry is away, refused at once where it means it."""

import io
import os
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest
import stamina
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import ReadTimeoutError

from harness.docker.loopback_registry import Registry, registry
from harness.docker.push import push
from harness.engine.model import Engine
from harness.errors import ImageError
from harness.poll import until

pytestmark = pytest.mark.engine

SIZE = 150_000_000
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture(scope="module")
def image(docker: Engine) -> Iterator[str]:
    """A name on the engine of an image that takes a while to push."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("content")
        entry.size = SIZE
        archive.addfile(entry, io.BytesIO(os.urandom(SIZE)))
    name = f"loa-harness-test/push-{uuid4().hex[:8]}"
    data = buffer.getvalue()
    docker.client.api.import_image_from_data(data, repository=name, tag="1")
    yield f"{name}:1"
    docker.client.images.remove(f"{name}:1", force=True)


@pytest.fixture
def served(docker: Engine, image: str) -> Iterator[tuple[Registry, str]]:
    """A registry, and the image's name in it."""
    with registry() as found:
        reference = f"{found.host}/x:1"
        docker.client.images.get(image).tag(f"{found.host}/x", "1")
        try:
            yield found, reference
        finally:
            docker.client.images.remove(reference)


def manifest(registry: Registry) -> httpx.Response:
    return httpx.get(f"http://{registry.host}/v2/x/manifests/1", headers={"Accept": MANIFEST})


def wait_for_upload(registry: Registry) -> None:
    uploads = registry.place / "data/docker/registry/v2/repositories/x/_uploads"
    until(
        lambda: any(it.stat().st_size for it in uploads.glob("*/data")),
        seconds=60,
        what="the first bytes of the layer are there",
    )


@pytest.mark.slow
def test_a_registry_that_goes_down_half_way_and_comes_back_gets_all_of_it(
    docker: Engine, served: tuple[Registry, str]
) -> None:
    registry, reference = served
    with ThreadPoolExecutor(1) as pool:
        pushed = pool.submit(push, docker, reference)
        wait_for_upload(registry)
        registry.stop()
        assert not pushed.done()
        registry.start()
        assert manifest(registry).status_code == httpx.codes.NOT_FOUND
        digest = pushed.result(timeout=120)
    assert manifest(registry).headers["Docker-Content-Digest"] == digest


def test_a_registry_that_stays_away_is_one_line(docker: Engine, image: str) -> None:
    with registry() as found:
        reference = f"{found.host}/x:1"
        docker.client.images.get(image).tag(f"{found.host}/x", "1")
        found.stop()
        stamina.set_testing(True, attempts=2)
        try:
            with pytest.raises(ImageError, match=r"its registry was away in .* attempts"):
                push(docker, reference)
        finally:
            stamina.set_testing(False)
            docker.client.images.remove(reference)


def test_a_registry_that_refuses_is_not_asked_again(docker: Engine, image: str) -> None:
    with registry(("someone", "pass-7f3a91")) as found:
        reference = f"{found.host}/x:1"
        docker.client.images.get(image).tag(f"{found.host}/x", "1")
        try:
            with pytest.raises(ImageError, match=r"its registry refuses it") as caught:
                push(docker, reference)
        finally:
            docker.client.images.remove(reference)
    assert caught.value.advice == "log in: `docker login`"


def test_an_engine_that_is_silent_for_a_while_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, docker: Engine
) -> None:
    tries = []

    def silent(*_: object, **__: object) -> Iterator[dict[str, object]]:
        tries.append(1)
        if len(tries) == 1:
            raise ReadTimeoutError(HTTPConnectionPool("engine"), "/", "Read timed out.")
        yield {"aux": {"Digest": "sha256:1"}}

    monkeypatch.setattr(docker.client.api, "push", silent)
    stamina.set_testing(True, attempts=2)
    try:
        assert push(docker, "registry/x:1") == "sha256:1"
    finally:
        stamina.set_testing(False)
    assert len(tries) == 2


def test_a_login_of_its_own_opens_the_registry(docker: Engine, image: str) -> None:
    login = ("someone", "pass-7f3a91")
    with registry(login) as found:
        reference = f"{found.host}/x:1"
        docker.client.images.get(image).tag(f"{found.host}/x", "1")
        try:
            assert push(docker, reference, login=login).startswith("sha256:")
        finally:
            docker.client.images.remove(reference)
