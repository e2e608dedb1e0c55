"""This repository's own images, as they are built here."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from docker.models.images import Image
from typer.testing import CliRunner

from harness.cli import app
from harness.engine.model import Engine
from harness.fixtures.images import BaseImage, DevImage, base_image, dev_image
from harness.project import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

REPOSITORY = Project(Path(__file__).resolve().parents[2])
STRANGER = "4242:4242"
MOUNTS = ("/workspace/.claude", "/workspace/grimoires", "/workspace/deploy/loa-identity")
VOLUMES = (
    "/data/wal",
    "/data/loa",
    "/data/clawdbot",
    "/workspace/.beads",
    "/workspace/.ckindex",
)

Say = Callable[..., str]


@pytest.fixture(scope="module")
def base(docker: Engine) -> BaseImage:
    found = base_image(REPOSITORY, docker)
    if found.origin in {"pulled", "present"}:
        pytest.skip("the published image is used, and is tested where it is made")
    return found


@pytest.fixture(scope="module")
def dev(docker: Engine, base: BaseImage) -> DevImage:
    return dev_image(REPOSITORY, docker, base)


def test_the_base_is_named_ready_to_use(base: BaseImage) -> None:
    words = ["image", "base", "--project", str(REPOSITORY.root)]
    assert CliRunner().invoke(app, words).stdout == f"{base.reference}\n"
    found = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert found == {"reference": base.reference, "origin": base.origin, "why": base.why}


@pytest.fixture
def image(docker: Engine, dev: DevImage) -> Image:
    return docker.client.images.get(dev.image_id)


@pytest.fixture
def say(docker: Engine, dev: DevImage) -> Say:
    """Run a script in the development image, without a network, and return what it said."""

    def run(script: str, user: str = "", volumes: dict[str, dict[str, str]] | None = None) -> str:
        said: bytes = docker.client.containers.run(
            dev.reference,
            ["bash", "-c", script],
            user=user,
            volumes=volumes or {},
            network_mode="none",
            remove=True,
        )
        return said.decode().strip()

    return run


def test_it_adds_little_to_its_base(dev: DevImage) -> None:
    assert 0 < dev.added_bytes < 60_000_000


def test_tsx_runs_typescript_for_whoever_owns_the_checkout(say: Say) -> None:
    script = "echo 'const n: number = 2; console.log(n + 1)' >/tmp/a.ts && tsx /tmp/a.ts"
    assert say(script, user=STRANGER) == "3"


def test_entr_runs_a_command_again_when_a_file_changes(say: Say) -> None:
    script = """
        cd "$(mktemp -d)" && touch watched && mkfifo ran && exec 3<>ran
        echo watched | entr -n sh -c 'echo >ran' & read -t 10 -u 3 && echo first
        for _ in {1..200}; do
            echo more >>watched
            read -t 0.05 -u 3 && echo again && break
        done
        kill %1
    """
    assert say(script, user=STRANGER).split() == ["first", "again"]


def test_the_gateway_is_on_the_path(say: Say) -> None:
    lock = json.loads((REPOSITORY.root / "deploy/gateway/package.json").read_text())
    assert lock["dependencies"]["clawdbot"] in say("clawdbot --version", user=STRANGER)


def test_whoever_runs_it_can_write_where_state_belongs(say: Say) -> None:
    places = " ".join(f"{place}/x" for place in (*VOLUMES, "$HOME", "/workspace"))
    assert say(f"touch {places} && echo written", user=STRANGER) == "written"


def test_a_fresh_volume_takes_over_the_mode(docker: Engine, say: Say) -> None:
    volume = docker.client.volumes.create(labels={"loa-harness-test": "images"})
    try:
        for place in VOLUMES:
            mounted = {volume.name: {"bind": place, "mode": "rw"}}
            assert say(f"touch {place}/x && echo ok", user=STRANGER, volumes=mounted) == "ok"
    finally:
        volume.remove()


def test_nobody_can_change_the_programs(say: Say) -> None:
    found = say("find /opt/loa -writable -not -type l | head", user=STRANGER)
    assert found == ""


def test_everybody_can_read_the_programs(say: Say) -> None:
    found = say("find /opt/loa -not -readable | head", user=STRANGER)
    assert found == ""


def test_the_mount_points_are_there_and_declared(image: Image, say: Say) -> None:
    assert tuple(image.labels["dev.loa.mounts"].split()) == MOUNTS
    owners = say(f"stat --format %u:%g:%a {' '.join(MOUNTS)}")
    assert owners.split() == ["1000:1000:1777"] * len(MOUNTS)
    assert not image.attrs["Config"].get("Volumes"), "VOLUME makes anonymous volumes"


def test_it_starts_under_an_init_and_in_development_mode(image: Image) -> None:
    config = image.attrs["Config"]
    assert config["Entrypoint"] == ["/usr/bin/tini", "--"]
    assert config["Cmd"] == ["/opt/loa/start-loa-dev.sh"]
    assert config["User"] == "1000:1000"
    assert "BEAUVOIR_DEV_MODE=1" in config["Env"]


def test_the_base_is_for_production(docker: Engine, base: BaseImage) -> None:
    image = docker.client.images.get(base.image_id)
    config = image.attrs["Config"]
    assert config["Entrypoint"] == ["/usr/bin/tini", "--"]
    assert config["Cmd"] == ["/opt/loa/start-loa.sh"]
    assert config["User"] == "node"
    assert "NODE_ENV=production" in config["Env"]
    assert "http://127.0.0.1:3000/health" in config["Healthcheck"]["Test"]
    for name in ("title", "source", "licenses", "revision", "version", "created"):
        assert image.labels[f"org.opencontainers.image.{name}"]


def test_no_setting_of_this_machine_is_in_it(say: Say) -> None:
    assert say("ls /run/secrets /root/.npmrc /root/.config 2>/dev/null; true", user="0") == ""
    assert say("npm config get cafile", user=STRANGER) == "null"
    assert "CAInfo" not in say("apt-config dump", user="0")


def test_downloads_are_not_left_in_it(say: Say) -> None:
    left = "ls /var/lib/apt/lists /var/cache/apt/archives/*.deb /root/.npm 2>/dev/null; true"
    assert say(left, user="0") in {"", "/var/lib/apt/lists:"}


def test_the_checkouts_own_things_are_not_in_it(say: Say) -> None:
    names = "-name .env.local -o -name .git -o -name .venv -o -name .harness"
    assert say(f"find /workspace /opt/loa {names}", user="0") == ""
