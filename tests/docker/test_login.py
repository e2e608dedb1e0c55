"""A login for a block: used by whatever is started in it, and nowhere left afterwards."""

import json
import os
from pathlib import Path
from typing import Any, cast

import pytest

from harness.docker import imagetools
from harness.docker.login import host_of, is_logged_in, logged_in, login
from harness.docker.loopback_registry import registry
from harness.errors import ImageError

USER, TOKEN = "someone", "token-7f3a91"


@pytest.mark.parametrize(
    ("reference", "host"),
    [
        ("ghcr.io/owner/x:main", "ghcr.io"),
        ("127.0.0.1:5000/x@sha256:abc", "127.0.0.1:5000"),
        ("localhost/x", "localhost"),
        ("owner/x", "docker.io"),
        ("debian:13", "docker.io"),
    ],
)
def test_the_registry_is_told_from_an_owner(reference: str, host: str) -> None:
    assert host_of(reference) == host


@pytest.mark.engine
def test_what_is_started_in_the_block_is_logged_in_and_nothing_stays() -> None:
    with registry((USER, TOKEN)) as served:
        missing = f"{served.host}/x:1"
        before = os.environ.get("DOCKER_CONFIG")
        with login(served.host, USER, TOKEN):
            place = Path(os.environ["DOCKER_CONFIG"])
            assert (place / "config.json").stat().st_mode & 0o777 == 0o600
            with pytest.raises(ImageError, match="there is no such image"):
                imagetools.manifests(missing)
        assert os.environ.get("DOCKER_CONFIG") == before
        assert not place.exists()
        with pytest.raises(ImageError, match="its registry does not give it to us"):
            imagetools.manifests(missing)


def test_the_ci_job_s_token_is_taken_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_ACTOR", USER)
    with logged_in("ghcr.io/owner/x:main"):
        text = (Path(os.environ["DOCKER_CONFIG"]) / "config.json").read_text(encoding="utf-8")
        assert '"ghcr.io"' in text
        assert TOKEN not in text
    monkeypatch.delenv("GITHUB_TOKEN")
    before = os.environ.get("DOCKER_CONFIG")
    with logged_in("ghcr.io/owner/x:main"):
        assert os.environ.get("DOCKER_CONFIG") == before


@pytest.mark.parametrize(
    "reference",
    [
        "owner/x",
        "registry.example/x",
        "ghcr.io.example/x",
        "127.example:5000/x",
        "ghcr.io@example/x",
    ],
)
def test_the_token_is_shown_to_nobody_but_github(
    monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    before = os.environ.get("DOCKER_CONFIG")
    with logged_in(reference):
        assert os.environ.get("DOCKER_CONFIG") == before


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost:5000", "localhost", "[::1]:5000"])
def test_what_stands_in_for_github_on_loopback_takes_it(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with logged_in(f"{host}/x:1"):
        assert is_logged_in(f"{host}/x:1")


def settings(place: Path) -> dict[str, Any]:
    text = (place / "config.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def test_beside_the_token_the_user_s_own_logins_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = {"auths": {"registry.example": {"auth": "eDp5"}, "ghcr.io": {"auth": "eDp6"}}}
    (tmp_path / "config.json").write_text(json.dumps(said), encoding="utf-8")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with logged_in("ghcr.io/owner/x:main"):
        found = settings(Path(os.environ["DOCKER_CONFIG"]))["auths"]
    assert found["registry.example"] == {"auth": "eDp5"}
    assert found["ghcr.io"] != {"auth": "eDp6"}


def test_so_do_those_that_a_store_keeps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = {"credsStore": "desktop", "auths": {"registry.example": {}, "ghcr.io": {}}}
    (tmp_path / "config.json").write_text(json.dumps(said), encoding="utf-8")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with logged_in("ghcr.io/owner/x:main"):
        found = settings(Path(os.environ["DOCKER_CONFIG"]))
    assert found["credHelpers"] == {"registry.example": "desktop"}
    assert "credsStore" not in found


def test_other_logins_count_only_where_they_are_wanted() -> None:
    def known() -> set[str]:
        text = (Path(os.environ["DOCKER_CONFIG"]) / "config.json").read_text(encoding="utf-8")
        return set(json.loads(text)["auths"])

    with login("ghcr.io", USER, TOKEN):
        with login("registry.example", USER, "other"):
            assert known() == {"registry.example"}
        with login("registry.example", USER, "other", others=True):
            assert known() == {"ghcr.io", "registry.example"}
        assert known() == {"ghcr.io"}


def test_a_helper_is_asked_for_its_own_registries_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    helpers = {"ghcr.io": "pass", "registry.example": "pass"}
    said = {"credsStore": "pass", "credHelpers": helpers}
    (tmp_path / "config.json").write_text(json.dumps(said), encoding="utf-8")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with login("registry.example", USER, TOKEN, others=True):
        text = (Path(os.environ["DOCKER_CONFIG"]) / "config.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert found["credHelpers"] == {"ghcr.io": "pass"}
    assert "credsStore" not in found
