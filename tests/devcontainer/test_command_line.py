"""The specification's own command line reads `.devcontainer/` as it is meant."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import node, process
from harness.cloudflare.packages import install_packages
from harness.engine.model import Engine
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.engine  # it asks whether the container is there already

HERE = Path(__file__).parent
SCRIPT = "node_modules/@devcontainers/cli/devcontainer.js"
UNSET = ("--unset=LOA_BASE_IMAGE", "--unset=LOA_ENGINE_SOCKET")
IMAGE = "127.0.0.1:5000/loa:with-a-port"

Read = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def read(docker: Engine) -> Read:
    install_packages(HERE)

    def configuration(**variables: str) -> dict[str, Any]:
        given = [f"{name}={value}" for name, value in variables.items()]
        words: list[str | Path] = [
            "env",
            *UNSET,
            *given,
            node.program(),
            HERE / SCRIPT,
            "read-configuration",
        ]
        words += ["--docker-path", docker.program, "--workspace-folder", REPOSITORY]
        environment = {**node.variables(), **docker.variables}
        found = json.loads(process.run(words, env=environment).stdout)["configuration"]
        return dict(found)

    return configuration


def test_the_image_to_stand_on_is_the_one_that_is_named(read: Read) -> None:
    assert read(LOA_BASE_IMAGE=IMAGE)["build"]["args"] == {"BASE_IMAGE": IMAGE}
    # The Dockerfile takes the published one then.
    assert read(LOA_BASE_IMAGE="")["build"]["args"] == {"BASE_IMAGE": ""}


def test_the_engine_s_socket_and_the_checkout_are_where_they_are_looked_for(read: Read) -> None:
    found = read(LOA_ENGINE_SOCKET="/run/user/1000/docker.sock")
    target = "target=/var/run/docker.sock,type=bind"
    assert found["mounts"] == [f"source=/run/user/1000/docker.sock,{target}"]
    assert read()["mounts"] == [f"source=/var/run/docker.sock,{target}"]
    assert found["workspaceFolder"] == str(REPOSITORY)
    assert found["containerEnv"]["LOA_CHECKOUT"] == str(REPOSITORY)
