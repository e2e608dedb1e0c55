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
from harness.cloudflare.brought import bring
from harness.cloudflare.registry import HOST, Registry
from harness.docker.login import login
from harness.docker.loopback_registry import registry
from harness.errors import ImageError
from harness.fixtures.http_server import Quiet, http_server
from harness.project import Project
from tests.conftest import REPOSITORY

THEIRS, OURS = ("octocat", "password-of-ghcr"), ("made-up", "password-of-cloudflare")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LABELS = {"org.opencontainers.image.revision": "c0ffee"}


class OneLogin:
    """The part of the API that gives logins."""

    account = "a" * 32

    def tell(self, *_: object) -> dict[str, str]:
        return dict(zip(("username", "password"), OURS, strict=True))


def published(
    host: str, path: str = "loa", tag: str = "main", auth: tuple[str, str] = THEIRS
) -> str:
    """Put an image without layers into a registry, past the engine, and return its digest."""
    said = {"os": "linux", "architecture": "amd64", "config": {"Labels": LABELS}}
    config = json.dumps(said | {"rootfs": {"type": "layers", "diff_ids": []}}).encode()
    named = f"sha256:{hashlib.sha256(config).hexdigest()}"
    with httpx.Client(base_url=f"http://{host}/v2/{path}/", auth=auth) as there:
        place = there.post("blobs/uploads/").headers["Location"]
        there.put(place, params=httpx.URL(place).params.set("digest", named), content=config)
        about = {"mediaType": CONFIG, "digest": named, "size": len(config)}
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": about, "layers": []}
        text = json.dumps(manifest)
        done = there.put(f"manifests/{tag}", content=text, headers={"Content-Type": MANIFEST})
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


PREVIEWS = f"{OneLogin.account}/loa-preview"


def preview(name: str) -> Registry:
    return Registry(cast("Api", OneLogin()), "loa-preview", tag=name)


def digest_of(host: str, tag: str) -> str:
    """Return what a preview's tag stands for; empty if for nothing."""
    found = httpx.head(
        f"http://{host}/v2/{PREVIEWS}/manifests/{tag}", auth=OURS, headers={"Accept": MANIFEST}
    )
    return found.headers.get("Docker-Content-Digest", "") if found.is_success else ""


@pytest.mark.engine
def test_an_image_that_another_preview_has_gets_a_tag_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with registry(OURS) as ours:
        monkeypatch.setenv(HOST, ours.host)
        digest = published(ours.host, PREVIEWS, "pr-12", OURS)
        image = f"ghcr.invalid/x/loa@{digest}"  # from where nothing is to be copied
        brought = bring(Project(REPOSITORY), preview("pr-13"), image, _unmade)
        assert brought == digest_of(ours.host, "pr-13") == digest


@pytest.mark.engine
def test_its_removal_leaves_the_other_preview_its_image(monkeypatch: pytest.MonkeyPatch) -> None:
    with registry(OURS) as ours:
        monkeypatch.setenv(HOST, ours.host)
        for tag in ("pr-12", "pr-13"):
            digest = published(ours.host, PREVIEWS, tag, OURS)
        preview("pr-12").remove("pr-12")
        assert digest_of(ours.host, "pr-13") == digest
        assert preview("pr-13").has(digest)


def _unmade(*_: object) -> str:
    raise AssertionError("it was built")


@contextmanager
def keeping(tags: dict[str, str], refuses: int) -> Iterator[tuple[str, list[str]]]:
    """Serve a registry that has these tags and answers the removal of one so; what it removed."""
    removed: list[str] = []

    class Handler(Quiet, BaseHTTPRequestHandler):
        def _answer(self, status: int, body: bytes = b"", digest: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Docker-Content-Digest", digest)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            known = tags.get(self.path.rpartition("/")[2], "")
            self._answer(200 if known else 404, digest=known)

        def do_GET(self) -> None:
            self._answer(200, json.dumps({"name": "x", "tags": [*tags]}).encode())

        def do_DELETE(self) -> None:
            name = self.path.rpartition("/")[2]
            if name in tags and refuses:
                self._answer(refuses)
            else:
                removed.append(name)
                self._answer(202)

        def do_PUT(self) -> None:
            self._answer(200)

    with http_server(Handler) as host:
        yield host, removed


@pytest.mark.parametrize(
    ("tags", "refuses", "expected"),
    [
        ({"pr-1": "sha256:a", "pr-2": "sha256:a"}, 0, ["pr-1"]),
        ({"pr-1": "sha256:a", "pr-2": "sha256:b"}, 400, ["sha256:a"]),
        ({"pr-1": "sha256:a", "pr-2": "sha256:b"}, 405, ["sha256:a"]),
        ({"pr-1": "sha256:a", "pr-2": "sha256:a"}, 405, []),
    ],
)
def test_what_a_tag_stands_for_goes_only_where_no_other_tag_does(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tags: dict[str, str],
    refuses: int,
    expected: list[str],
) -> None:
    with keeping(tags, refuses) as (host, removed):
        monkeypatch.setenv(HOST, host)
        said = preview("pr-1").remove("pr-1")
    assert removed == expected
    assert said == (["image loa-preview:pr-1"] if expected else [])
    kept = "" if expected else "loa-preview:pr-1 stays, for pr-2 is the same image"
    assert kept in " ".join(capsys.readouterr().err.split())


def test_a_registry_that_may_not_be_changed_is_not_taken_for_one_without_tags(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with keeping({"pr-1": "sha256:a"}, 403) as (host, removed):
        monkeypatch.setenv(HOST, host)
        with pytest.raises(ImageError, match="answers HTTP 403"):
            preview("pr-1").remove("pr-1")
    assert removed == []
