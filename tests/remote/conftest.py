"""Fixtures: a link whose far end runs on this machine, and an engine that is elsewhere."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness import node
from harness.engine import machine
from harness.engine.discover import find
from harness.engine.model import Engine
from harness.errors import EngineError
from harness.fixtures.copy import RUNS
from harness.fixtures.stack import Images
from harness.paths import cache_dir
from harness.project import Project
from harness.remote.link import Link, linked_to
from tests.conftest import REPOSITORY
from tests.remote.elsewhere import engine_elsewhere, over_tcp


@dataclass(frozen=True)
class Ends:
    """Both sides of a link, on one machine.

    Attributes:
        here: The checkout.
        there: The directories that its far end sees, by where they are.
    """

    here: Path
    there: dict[Path, str] = field(default_factory=dict)

    @property
    def layer(self) -> Path:
        return next(iter(self.there))

    @asynccontextmanager
    async def link(self, ports: Mapping[int, int] | None = None) -> AsyncIterator[Link]:
        plan = {
            "root": str(self.here),
            "directories": {str(target): name for target, name in self.there.items()},
            "host": "127.0.0.1",
            "ports": ports or {},
            "command": [str(node.program())],
        }
        targets = ", ".join(f'"{target}"' for target in self.there)
        owner = f"{os.getuid()}:{os.getgid()}"
        variables = {"LOA_TARGETS": f"[{targets}]", "LOA_OWNER": owner}
        async with linked_to(plan, variables) as link:
            await link.up()
            yield link


@pytest.fixture
def ends(tmp_path: Path) -> Ends:
    """A checkout with one synced directory, and what stands for the volume."""
    (tmp_path / "here/src").mkdir(parents=True)
    (tmp_path / "there").mkdir()
    return Ends(tmp_path / "here", {tmp_path / "there": "src"})


@pytest.fixture(scope="session")
def images(docker: Engine) -> Images:
    """The images of this checkout."""
    return Images.of(Project(REPOSITORY), docker)


@pytest.fixture(scope="session")
def elsewhere(
    docker: Engine, images: Images, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An engine behind TCP, with the images, that sees no working copy and no port of ours."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("starts an engine, which only root on Linux can")
    try:
        machine.check_packages()
    except EngineError as error:
        pytest.skip(error.message)
    home = tmp_path_factory.mktemp("elsewhere")
    with engine_elsewhere(home, cache_dir(RUNS)) as path, over_tcp(path) as host:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOCKER_HOST", host)
            found = find()
        assert found is not None
        bring(images.dev.reference, docker, found)
        yield found


def bring(image: str, source: Engine, target: Engine) -> None:
    save = [str(source.program), "save", image]
    load = [str(target.program), "load", "--quiet"]
    saving = {**os.environ, **source.variables}
    loading = {**os.environ, **target.variables}
    with subprocess.Popen(save, stdout=subprocess.PIPE, env=saving) as child:
        subprocess.run(load, stdin=child.stdout, env=loading, check=True, capture_output=True)
    assert child.returncode == 0
