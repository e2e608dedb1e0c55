"""The docker program has compose and buildx, and keeps the user's logins."""

import json
from pathlib import Path

import pytest

from harness.engine import clients, packages
from harness.errors import EngineError


@pytest.fixture
def home(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home with an empty PATH, where unpacking gives programs that do nothing."""
    home = cache.parent / "home"
    (home / "bin").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{home}/bin")
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    monkeypatch.setattr(clients, "_SYSTEM_PLUGINS", (str(home / "system"),))
    root = tmp_path / "unpacked"
    for name in clients.NEEDED:
        add_plugin(root / "usr/libexec/docker/cli-plugins", name, "9.9")
    monkeypatch.setattr(packages, "unpacked", lambda *_, **__: root)
    return home


def add_plugin(place: Path, name: str, version: str) -> Path:
    metadata = json.dumps({"SchemaVersion": "0.1.0", "Vendor": "x", "Version": version})
    return add_program(place / name, f"echo '{metadata}'")


def add_program(path: Path, line: str = "true") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def test_the_users_own_is_used_if_it_has_all(home: Path) -> None:
    own = add_program(home / "bin/docker")
    add_plugin(home / ".docker/cli-plugins", "docker-compose", "v2.24.6")
    add_plugin(home / "system", "docker-buildx", "0.13.1+ds1-3")

    assert clients.prepare() == (own, {})


@pytest.mark.parametrize(
    ("compose", "buildx", "fits"),
    [
        ("v2.24.0", "v0.12.0", True),
        ("5.0.1", "v1.0.0-rc1", True),
        ("2.23.3", "v0.13.1", False),
        ("v2.26.1-4", "0.11.2", False),
        ("1.29.2", "v0.12.0", False),
        ("unknown", "v0.12.0", False),
    ],
)
def test_an_older_plugin_is_replaced(home: Path, compose: str, buildx: str, *, fits: bool) -> None:
    own = add_program(home / "bin/docker")
    add_plugin(home / "system", "docker-compose", compose)
    add_plugin(home / "system", "docker-buildx", buildx)

    program, _ = clients.prepare()

    assert (program == own) is fits


def test_a_plugin_that_breaks_counts_for_nothing(home: Path) -> None:
    own = add_program(home / "bin/docker")
    add_plugin(home / "system", "docker-compose", "v2.24.6")
    add_program(home / "system/docker-buildx", "exit 1")

    assert clients.prepare()[0] != own


def test_the_first_plugin_is_the_one_that_docker_would_take(home: Path) -> None:
    extra = add_plugin(home / "extra", "docker-compose", "v2.30.0")
    add_plugin(home / ".docker/cli-plugins", "docker-compose", "v2.1.0")
    config = home / ".docker/config.json"
    config.write_text(json.dumps({"cliPluginsExtraDirs": [str(home / "extra")]}))

    found = clients.find_plugin("docker-compose")

    assert found
    assert found.path == extra


def test_logins_contexts_and_other_plugins_are_kept(home: Path) -> None:
    login = {"auths": {"registry.example": {"auth": "c2VjcmV0"}}, "credHelpers": {"g": "gcloud"}}
    user = home / ".docker"
    add_plugin(user / "cli-plugins", "docker-scout", "v1")
    add_plugin(user / "cli-plugins", "docker-compose", "v1.0.0")
    (user / "contexts/meta").mkdir(parents=True)
    (user / "ca.pem").touch()
    (user / "config.json").write_text(json.dumps(login))

    _, variables = clients.prepare()

    place = Path(variables["DOCKER_CONFIG"])
    assert json.loads((place / "config.json").read_text()) == login
    assert (place / "config.json").is_symlink()
    assert (place / "contexts/meta").is_dir()
    assert (place / "ca.pem").exists()
    assert (place / "cli-plugins/docker-scout").exists()
    assert "9.9" in (place / "cli-plugins/docker-compose").read_text()


def test_a_later_login_is_seen_on_both_sides(home: Path) -> None:
    place = Path(clients.prepare()[1]["DOCKER_CONFIG"])
    assert not (place / "config.json").exists()

    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text('{"auths": {"a": {}}}')

    assert "auths" in (place / "config.json").read_text()


def test_our_own_configuration_in_the_environment_is_not_taken_for_the_users(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = clients.prepare()[1]
    monkeypatch.setenv("DOCKER_CONFIG", first["DOCKER_CONFIG"])

    assert clients.user_config() == home / ".docker"
    assert clients.prepare()[1] == first


def test_a_shell_that_still_names_our_directory_after_it_was_removed_goes_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, variables = clients.prepare()
    monkeypatch.setenv("DOCKER_CONFIG", variables["DOCKER_CONFIG"])
    clients.forget(home / ".docker")
    assert clients.user_config() == home / ".docker"
    _, again = clients.prepare()
    assert Path(again["DOCKER_CONFIG"], "cli-plugins").is_dir()


def test_what_was_removed_goes(home: Path) -> None:
    plugin = add_plugin(home / ".docker/cli-plugins", "docker-scout", "v1")
    place = Path(clients.prepare()[1]["DOCKER_CONFIG"])
    plugin.unlink()

    clients.prepare()

    assert not (place / "cli-plugins/docker-scout").is_symlink()


def test_where_nothing_can_be_unpacked_one_line_says_what_is_missing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpacked(*_: object, **__: object) -> Path:
        raise EngineError("packages are unpacked on Debian only, and this is Plan 9")

    monkeypatch.setattr(packages, "unpacked", unpacked)
    add_program(home / "bin/docker")
    add_plugin(home / "system", "docker-compose", "v2.24.6")

    with pytest.raises(EngineError, match=r"docker-buildx is missing.*Plan 9.*docs\.docker\.com"):
        clients.prepare()
