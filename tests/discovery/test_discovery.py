"""What is found in checkouts that have no harness.toml, each laid out as another team would."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import config
from harness.project import Project
from tests.conftest import REPOSITORY

DOCKERFILE_DEV = "ARG BASE=ghcr.io/team/gate:main\nFROM ${BASE}\nRUN apt-get install entr\n"
DOCKERFILE = (
    "FROM rust:1 AS rust-builder\nFROM python:3 AS python-builder\nFROM node:22 AS runtime\n"
)


def checkout(root: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / ".git").mkdir()
    return Project(root)


OTHER_NAMES = {
    "compose.dev.yaml": """
services:
  redis: {image: redis}
  brain:
    build: {context: deploy, dockerfile: Dockerfile.development}
    ports:
      - {target: 3000, published: "${HEALTH:-3000}", host_ip: 127.0.0.1}
      - {target: 18789, published: "18789", host_ip: 127.0.0.1}
    volumes:
      - ./packages/identity:/app/identity
      - state:/data
volumes: {state: }
""",
    "deploy/Dockerfile.development": DOCKERFILE_DEV,
    "Dockerfile": DOCKERFILE,
    "packages/identity/src/scheduler.ts": "export {};\n",
    "packages/identity/node_modules/x/scheduler.ts": "export {};\n",
}
BELOW = {
    "deploy/docker-compose.yml": """
services:
  only:
    build: ..
    ports: !override ["127.0.0.1:${PORT-1}:18789/tcp"]
    volumes:
      - type: bind
        source: ../deploy/loa-identity
        target: /workspace/deploy/loa-identity
""",
    "Dockerfile": "FROM ghcr.io/team/gate:main AS dev\n",
    "deploy/Dockerfile": "FROM node:22 AS core\nFROM core AS final\n",
    "deploy/loa-identity/scheduler.ts": "export {};\n",
}


def test_other_names_are_found_by_what_they_do(tmp_path: Path) -> None:
    found = checkout(tmp_path, OTHER_NAMES).config
    assert (found.compose.file, found.compose.service) == ("compose.dev.yaml", "brain")
    assert found.image.dev_dockerfile == "deploy/Dockerfile.development"
    assert found.image.published == "ghcr.io/team/gate:main"
    assert (found.image.dockerfile, found.image.fallback_target) == ("Dockerfile", "runtime")
    assert found.probe.file == "packages/identity/src/scheduler.ts"
    assert found.watch.include[0] == "packages/identity/src/**/*.ts"


def test_a_compose_file_below_has_paths_of_its_own(tmp_path: Path) -> None:
    found = checkout(tmp_path, BELOW).config
    assert (found.compose.file, found.compose.service) == ("deploy/docker-compose.yml", "only")
    assert found.image.dev_dockerfile == "Dockerfile"
    assert (found.image.dockerfile, found.image.fallback_target) == ("deploy/Dockerfile", "core")
    assert found.probe.file == "deploy/loa-identity/scheduler.ts"


def mounting(*mounts: str) -> str:
    volumes = "".join(f"      - {it}\n" for it in mounts)
    return f"services:\n  loa:\n    image: x\n    volumes:\n{volumes}"


@pytest.mark.parametrize("outside", ["{outside}:/data", "{outside}:/data:ro", "../outside:/data"])
@pytest.mark.parametrize("beside", [[], ["./layer:/layer"], ["{root}/layer:/layer"]])
def test_a_mount_from_outside_the_checkout_is_not_searched(
    tmp_path: Path, outside: str, beside: list[str]
) -> None:
    root, strange = tmp_path / "root", tmp_path / "outside"
    strange.mkdir()
    (strange / "scheduler.ts").touch()
    mounts = [it.format(root=root, outside=strange) for it in (outside, *beside)]
    files = {"compose.yml": mounting(*mounts), "layer/scheduler.ts": ""}
    told = {it.key: it.value for it in config.discovered(checkout(root, files).root)}
    assert told["probe.file"] == ("layer/scheduler.ts" if beside else None)


def test_the_root_of_the_file_system_is_not_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked: list[Path] = []

    def walk(place: Path, _: str) -> list[Path]:
        walked.append(place)
        return []

    monkeypatch.setattr(Path, "rglob", walk)
    files = {"compose.yml": mounting("/:/x:ro", "./src:/src"), "src/a.ts": ""}
    config.discovered(checkout(tmp_path, files).root)
    assert set(walked) == {tmp_path / "src"}


def test_what_harness_toml_says_wins_and_helps_to_find_the_rest(tmp_path: Path) -> None:
    files = OTHER_NAMES | {
        "harness.toml": '[compose]\nservice = "redis"\n[probe]\nfile = "x/y.ts"\n'
    }
    found = checkout(tmp_path, files).config
    assert (found.compose.file, found.compose.service) == ("compose.dev.yaml", "redis")
    assert found.probe.file == "x/y.ts"
    assert found.watch.include[0] == "x/**/*.ts"


def test_of_an_empty_checkout_it_is_said_what_was_looked_for(tmp_path: Path) -> None:
    found = {it.key: it for it in config.discovered(checkout(tmp_path, {}).root)}
    assert all(it.value is None for it in found.values())
    told = str(found["compose.service"])
    assert told == (
        "compose.service: not found; "
        "looked for the service that publishes port 18789, or the only one"
    )
    assert Project(tmp_path).config.compose.file == "docker-compose.dev.yml"


@pytest.mark.parametrize(
    "text",
    [
        "services: [",
        "services: 7",
        "[]",
        "",
        "services: {a: {image: x}, b: {image: y}}",
        "services: {a: {ports: ['18789:18789']}, b: {ports: ['1:18789']}}",
    ],
)
def test_where_no_service_can_be_told_from_others_none_is_guessed(
    tmp_path: Path, text: str
) -> None:
    root = checkout(tmp_path, {"compose.yml": text}).root
    found = {it.key: it.value for it in config.discovered(root)}
    assert found["compose.file"] == "compose.yml"
    assert found["compose.service"] is None


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["edge/wrangler.toml"], "edge wrangler.toml"),
        (["wrangler.json", "node_modules/x/wrangler.json"], ". wrangler.json"),
        (["apps/web/wrangler.jsonc", "deploy/edge/wrangler.jsonc"], "deploy/edge wrangler.jsonc"),
        (["deploy/a/wrangler.jsonc", "deploy/b/wrangler.jsonc"], None),
        (["apps/a/wrangler.jsonc", "apps/b/wrangler.jsonc"], None),
    ],
)
def test_wranglers_configuration_is_found_unless_it_would_be_a_guess(
    tmp_path: Path, files: list[str], found: str | None
) -> None:
    root = checkout(tmp_path, dict.fromkeys(files, "{}")).root
    told = {it.key: it.value for it in config.discovered(root)}
    values = [told["cloudflare.directory"], told["cloudflare.config"]]
    assert values == (found.split() if found else [None, None])


def test_what_a_container_made_as_root_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = checkout(tmp_path, {"data/secret": "", "edge/wrangler.toml": ""}).root
    all_entries = Path.iterdir

    def entries(directory: Path) -> Iterator[Path]:
        if directory.name == "data":
            raise PermissionError(errno.EACCES, "Permission denied", str(directory))
        return iter(list(all_entries(directory)))

    monkeypatch.setattr(Path, "iterdir", entries)
    told = {it.key: it.value for it in config.discovered(root)}
    assert told["cloudflare.directory"] == "edge"


@pytest.mark.parametrize(
    "service",
    ["{ports: 18789}", "{ports: [18789], volumes: ./x}", "{ports: [18789], volumes: [null, 3]}"],
)
def test_what_is_no_list_is_for_compose_to_complain_of(tmp_path: Path, service: str) -> None:
    """And not for whatever reads the configuration before compose is asked."""
    text = f"services:\n  loa: {service}\n"
    assert checkout(tmp_path, {"compose.yml": text}).config.compose.service == "loa"


def test_nothing_is_looked_for_where_harness_toml_says_all() -> None:
    assert config.discovered(REPOSITORY) == []


def test_this_checkout_is_found_as_its_harness_toml_has_it(tmp_path: Path) -> None:
    names = ("docker-compose.dev.yml", "deploy/Dockerfile", "deploy/Dockerfile.dev")
    files = {it: (REPOSITORY / it).read_text(encoding="utf-8") for it in names}
    files["deploy/loa-identity/scheduler.ts"] = ""
    found = checkout(tmp_path, files).config
    ours = Project(REPOSITORY).config
    assert found.compose == ours.compose
    assert found.image == ours.image
    assert found.probe == ours.probe
    assert found.watch.include == ours.watch.include
