"""A stand-in, made for real."""

import platform

import pytest

from harness.bases import StandIn
from harness.docker.images import inspect
from harness.engine.model import Engine

pytestmark = [pytest.mark.engine, pytest.mark.slow]

IMAGE = "node:22-trixie-slim"


@pytest.fixture(scope="module")
def reference(docker: Engine) -> str:
    if platform.freedesktop_os_release().get("ID") != "debian":
        pytest.skip("stand-ins are made on Debian")
    found = StandIn.of(IMAGE)
    assert found
    return found.provide(docker)


def say(engine: Engine, image: str, script: str) -> str:
    said = engine.client.containers.run(
        image, ["sh", "-c", script], remove=True, network_mode="none"
    )
    return said.decode().strip()


def test_it_runs_node_and_npm(docker: Engine, reference: str) -> None:
    assert say(docker, reference, "node --version").startswith("v22.")
    assert say(docker, reference, "npm --version")


def test_it_has_the_user_of_the_official_image(docker: Engine, reference: str) -> None:
    assert say(docker, reference, "id node") == "uid=1000(node) gid=1000(node) groups=1000(node)"


def test_it_is_the_release_that_its_name_says(docker: Engine, reference: str) -> None:
    assert say(docker, reference, ". /etc/os-release && echo $VERSION_CODENAME") == "trixie"


def test_it_holds_nothing_of_how_it_was_made(docker: Engine, reference: str) -> None:
    settings = say(
        docker, reference, "ls /etc/apt/apt.conf.d /etc/apt/sources.list.d; cat /etc/apt/*list"
    )
    assert "mmdebstrap" not in settings
    assert "@" not in settings, "no credentials in the mirror's address"
    assert say(docker, reference, "ls /var/cache/apt/archives/*.deb 2>/dev/null | wc -l") == "0"


def test_it_is_made_once(docker: Engine, reference: str) -> None:
    before = inspect(docker, reference)
    again = StandIn.of(IMAGE)
    assert again
    assert again.provide(docker) == reference
    assert inspect(docker, reference) == before
