"""What ends in a push that cannot succeed is not begun."""

import json
from pathlib import Path

import httpx
import pytest

from harness.commands import build as command
from harness.docker import imagetools, push_access
from harness.docker.imagetools import MissingImageError, RefusedError
from harness.errors import ImageError

HOST = "registry.example.org"
NAME = f"{HOST}/team/app:1"
MISSING = MissingImageError(f"{NAME}: there is no such image")
REFUSED = RefusedError(f"{NAME}: its registry does not give it to us")
AWAY = ImageError(f"{NAME}: its registry cannot be asked (dial tcp)")


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    return tmp_path / "config.json"


def registry_says(
    monkeypatch: pytest.MonkeyPatch, error: ImageError | None, status: int = 401
) -> None:
    def manifests(_: str) -> list[imagetools.Manifest]:
        if error:
            raise error
        return []

    monkeypatch.setattr(imagetools, "manifests", manifests)
    monkeypatch.setattr(httpx, "get", lambda *_, **__: httpx.Response(status))


@pytest.mark.parametrize(
    ("error", "status"), [(REFUSED, 401), (REFUSED, 200), (MISSING, 401), (None, 401)]
)
def test_a_registry_that_wants_a_login_is_not_pushed_to_without_one(
    monkeypatch: pytest.MonkeyPatch, settings: Path, error: ImageError | None, status: int
) -> None:
    registry_says(monkeypatch, error, status)
    with pytest.raises(ImageError, match=f"nobody is logged in to {HOST}, so nothing was built"):
        push_access.require(NAME)
    assert not settings.exists()


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("host", "advice"), [(HOST, ""), ("ghcr.io", ", or GITHUB_TOKEN and GITHUB_ACTOR")]
)
def test_the_token_is_advised_only_where_it_is_taken(
    monkeypatch: pytest.MonkeyPatch, host: str, advice: str
) -> None:
    registry_says(monkeypatch, MISSING)
    with pytest.raises(ImageError) as raised:
        push_access.require(f"{host}/team/app:1")
    assert raised.value.advice == f"`docker login {host}`{advice}"


@pytest.mark.usefixtures("settings")
def test_nor_is_one_that_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    registry_says(monkeypatch, AWAY)
    with pytest.raises(ImageError, match="its registry cannot be asked"):
        push_access.require(NAME)


@pytest.mark.parametrize("login", [{"auths": {HOST: {}}}, {"credHelpers": {HOST: "x"}}])
@pytest.mark.parametrize("error", [REFUSED, MISSING, None])
def test_with_a_login_the_push_is_tried(
    monkeypatch: pytest.MonkeyPatch, settings: Path, login: object, error: ImageError | None
) -> None:
    """Also where nothing is given: of what nobody has pushed yet, some registries say no more."""
    settings.write_text(json.dumps(login), encoding="utf-8")
    registry_says(monkeypatch, error)
    push_access.require(NAME)


@pytest.mark.usefixtures("settings")
def test_a_registry_that_asks_nobody_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    registry_says(monkeypatch, MISSING, 200)
    push_access.require(NAME)


@pytest.mark.usefixtures("settings")
def test_it_is_asked_before_an_engine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    registry_says(monkeypatch, AWAY)
    monkeypatch.setattr(command, "engine", lambda: pytest.fail("it went on"))
    with pytest.raises(ImageError, match="its registry cannot be asked"):
        command.build(push=True, tag=NAME)
