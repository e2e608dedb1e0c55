"""The registry on loopback: what is pushed to it can be pulled by digest, and nothing stays."""

import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from docker.errors import APIError

from harness.docker.loopback_registry import Registry, registry
from harness.engine.model import Engine
from harness.fixtures.small_images import archive_of

pytestmark = pytest.mark.engine

CREDENTIALS = ("someone", "pass-7f3a91:x")


@pytest.fixture
def locked() -> Iterator[Registry]:
    with registry(CREDENTIALS) as found:
        yield found


def push(engine: Engine, reference: str, credentials: tuple[str, str] | None = None) -> str:
    """Push a small image, keep none of it, and return its digest in the registry."""
    repository, tag = reference.rsplit(":", 1)
    data = archive_of(str(uuid4()))
    engine.client.api.import_image_from_data(data, repository=repository, tag=tag)
    login = dict(zip(("username", "password"), credentials, strict=True)) if credentials else None
    said = list(engine.client.api.push(reference, stream=True, decode=True, auth_config=login))
    engine.client.images.remove(reference)
    errors = [line["error"] for line in said if "error" in line]
    assert not errors, errors
    return str(next(line["aux"]["Digest"] for line in said if "aux" in line))


def test_what_was_pushed_is_pulled_by_digest(docker: Engine) -> None:
    with registry() as served:
        digest = push(docker, f"{served.host}/x:1")
        name = f"{served.host}/x@{digest}"
        docker.client.api.pull(f"{served.host}/x", tag=digest)
        try:
            assert name in docker.client.images.get(name).attrs["RepoDigests"]
        finally:
            docker.client.images.remove(name)


def test_it_goes_on_with_what_it_had_and_leaves_nothing(docker: Engine) -> None:
    with registry() as served:
        push(docker, f"{served.host}/x:1")
        served.stop()
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{served.host}/v2/")
        served.start()
        tags = httpx.get(f"http://{served.host}/v2/x/tags/list").json()
        assert tags["tags"] == ["1"]
        assert served.place.exists()
    assert not served.place.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{served.host}/v2/")


def test_it_asks_for_credentials_where_it_has_some(docker: Engine, locked: Registry) -> None:
    assert re.fullmatch(r"sha256:\w{64}", push(docker, f"{locked.host}/x:1", CREDENTIALS))
    address = f"http://{locked.host}/v2/x/tags/list"
    assert httpx.get(address).status_code == httpx.codes.UNAUTHORIZED
    assert httpx.get(address, auth=("someone", "else")).status_code == httpx.codes.UNAUTHORIZED
    assert httpx.get(address, auth=CREDENTIALS).json()["tags"] == ["1"]
    with pytest.raises((APIError, AssertionError), match=r"no basic auth|unauthorized"):
        push(docker, f"{locked.host}/x:2")


def test_its_files_hold_no_password(locked: Registry) -> None:
    files = [it for it in locked.place.rglob("*") if it.is_file()]
    assert "htpasswd" in {it.name for it in files}
    for path in files:
        assert CREDENTIALS[1] not in path.read_text(encoding="utf-8", errors="replace")
