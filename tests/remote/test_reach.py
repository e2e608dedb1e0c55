"""Whether an engine sees this machine's files, and this machine its ports: by trying."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness import names
from harness.engine.model import Engine
from harness.engine.reach import HERE, Reach, probe
from harness.fixtures.stack import Images
from harness.owner import Owner
from harness.project import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("elsewhere")]


@pytest.fixture(scope="module")
def image(images: Images) -> str:
    return images.dev.reference


@pytest.fixture(autouse=True)
def _nothing_stays(request: pytest.FixtureRequest) -> object:
    yield
    for name in {"docker", "elsewhere"} & set(request.fixturenames):
        engine: Engine = request.getfixturevalue(name)
        mine = f"{names.OWNER}={Owner.me()}"
        assert engine.client.containers.list(all=True, filters={"label": mine}) == []


def test_an_engine_on_this_machine_has_both(docker: Engine, image: str, copy: Project) -> None:
    assert probe(replace(docker, own=False), copy.state_dir, image) == Reach(files=True, ports=True)
    assert {it.name for it in copy.state_dir.iterdir()} <= {".gitignore", "reach.json"}


def test_the_harnesss_own_is_not_even_asked(docker: Engine, tmp_path: Path) -> None:
    assert probe(replace(docker, own=True), tmp_path, "no such image") == HERE


def test_one_elsewhere_has_neither(elsewhere: Engine, image: str, copy: Project) -> None:
    assert probe(elsewhere, copy.state_dir, image) == Reach(files=False, ports=False)


def test_it_may_see_the_files_all_the_same(elsewhere: Engine, image: str, tmp_path: Path) -> None:
    # Hidden from it is where working copies are, and nothing else.
    assert probe(elsewhere, tmp_path, image) == Reach(files=True, ports=False)


def test_a_directory_of_the_same_name_is_not_enough(
    elsewhere: Engine, image: str, copy: Project
) -> None:
    # The short form of a mount makes what is not there.
    place = {str(copy.state_dir): {"bind": "/made", "mode": "rw"}}
    elsewhere.client.containers.run(
        image, ["-c", "true"], entrypoint="sh", volumes=place, remove=True
    )
    assert not probe(elsewhere, copy.state_dir, image).files


def test_ports_are_tried_once_for_an_engine(elsewhere: Engine, image: str, copy: Project) -> None:
    assert not probe(elsewhere, copy.state_dir, image).ports
    memory = copy.state_dir / "reach.json"
    known = json.loads(memory.read_text(encoding="utf-8"))
    assert known["host"] == elsewhere.host
    memory.write_text(json.dumps({**known, "ports": True}), encoding="utf-8")
    assert probe(elsewhere, copy.state_dir, image).ports, "it was not tried again"
    for name in ("engine", "from"):
        memory.write_text(json.dumps({**known, name: "another", "ports": True}), encoding="utf-8")
        assert not probe(elsewhere, copy.state_dir, image).ports
