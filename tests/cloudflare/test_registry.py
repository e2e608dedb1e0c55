"""An image's way from the registry that it was published in to Cloudflare's."""

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import cast

import httpx
import pytest
import stamina

from harness.cloudflare.api import Api
from harness.cloudflare.registry import HOST, Registry
from harness.docker.login import login
from harness.docker.loopback_registry import registry
from harness.errors import ImageError
from harness.fixtures.http_server import Quiet, http_server

THEIRS, OURS = ("octocat", "password-of-ghcr"), ("made-up", "password-of-cloudflare")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LABELS = {"org.opencontainers.image.revision": "c0ffee"}


class OneLogin:
    """The part of the API that gives logins."""

    account = "a" * 32

    def tell(self, *_: object) -> dict[str, str]:
        return dict(zip(("username", "password"), OURS, strict=True))


def published(host: str) -> str:
    """Put an image without layers into a registry, past the engine, and return its digest."""
    said = {"os": "linux", "architecture": "amd64", "config": {"Labels": LABELS}}
    config = json.dumps(said | {"rootfs": {"type": "layers", "diff_ids": []}}).encode()
    named = f"sha256:{hashlib.sha256(config).hexdigest()}"
    with httpx.Client(base_url=f"http://{host}/v2/loa/", auth=THEIRS) as there:
        place = there.post("blobs/uploads/").headers["Location"]
        there.put(place, params=httpx.URL(place).params.set("digest", named), content=config)
        about = {"mediaType": CONFIG, "digest": named, "size": len(config)}
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": about, "layers": []}
        text = json.dumps(manifest)
        done = there.put("manifests/main", content=text, headers={"Content-Type": MANIFEST})
        return str(done.raise_for_status().headers["Docker-Content-Digest"])


@contextmanager
def answering(*statuses: int, body: bytes = b"{}") -> Iterator[str]:
    """Serve a registry that answers so, one request after another."""
    left = iter(statuses)

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(next(left))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with http_server(Handler) as host:
        yield host


def has(monkeypatch: pytest.MonkeyPatch, host: str) -> bool:
    monkeypatch.setenv(HOST, host)
    with stamina.set_testing(True, attempts=3):
        return Registry(cast("Api", OneLogin()), "loa").has("sha256:x")


def test_a_registry_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(429, 503, 200) as host:
        assert has(monkeypatch, host)
    with answering(500, 404) as host:
        assert not has(monkeypatch, host)


def test_one_that_stays_so_is_an_error_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(503, 503, 503) as host, pytest.raises(ImageError, match=r"answer .HTTP 503"):
        has(monkeypatch, host)
    with answering(401) as host, pytest.raises(ImageError, match="answers HTTP 401"):
        has(monkeypatch, host)


@pytest.mark.parametrize("page", [b"<html>Please log in", b"7", b"[1]"])
def test_a_proxys_page_is_an_error_in_a_line(monkeypatch: pytest.MonkeyPatch, page: bytes) -> None:
    with (
        answering(200, body=page) as host,
        pytest.raises(ImageError, match=r"at 127.* is no registry of images; see .*proxy"),
    ):
        has(monkeypatch, host)


def test_an_index_is_of_no_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(200, body=b'{"schemaVersion": 2, "manifests": []}') as host:
        monkeypatch.setenv(HOST, host)
        with pytest.raises(ImageError, match=r"sha256:x is no image of one platform; name the"):
            Registry(cast("Api", OneLogin()), "loa").revision("sha256:x")


def test_one_that_is_away_is_an_error_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as held:  # bound, so that nobody else listens there
        held.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(ImageError, match=r"no usable answer .ConnectError"):
            has(monkeypatch, host)


@pytest.mark.engine
def test_a_copy_has_the_same_digest_with_a_login_for_each_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with registry(THEIRS) as theirs, registry(OURS) as ours:
        monkeypatch.setenv(HOST, ours.host)
        copies = Registry(cast("Api", OneLogin()), "loa")
        digest = published(theirs.host)
        assert not copies.has(digest)
        with login(theirs.host, *THEIRS):
            assert copies.copy(f"{theirs.host}/loa@{digest}") == digest
        assert copies.revision(digest) == "c0ffee"


@pytest.mark.engine
def test_an_image_under_a_tag_of_its_own_can_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    with registry(THEIRS) as theirs, registry(OURS) as ours:
        monkeypatch.setenv(HOST, ours.host)
        previews = Registry(cast("Api", OneLogin()), "loa-preview", tag="pr-7")
        with login(theirs.host, *THEIRS):
            previews.copy(f"{theirs.host}/loa@{published(theirs.host)}")
        url = f"http://{ours.host}/v2/{OneLogin.account}/loa-preview/tags/list"
        assert httpx.get(url, auth=OURS).json()["tags"] == ["pr-7"]
        assert previews.remove("pr-7") == ["image loa-preview:pr-7"]
        assert not httpx.get(url, auth=OURS).json().get("tags")
        assert previews.remove("pr-7") == []
