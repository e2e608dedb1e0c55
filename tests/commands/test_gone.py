"""What `down` and `clean` do of a checkout whose directory is gone, but not what it had running."""

import json
import shutil
import socket
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import NotFound

from harness import names, process
from harness.commands import clean, down
from harness.console import log
from harness.docker.override import Settings, render
from harness.docker.stack import compose_of, override_of
from harness.docker.volumes import volume_names
from harness.engine.model import Engine
from harness.errors import StackError
from harness.fixtures.small_images import archive_of
from harness.ports import PortPair
from harness.project import Project

PROJECT = "loa-second-12345678"


class Things:
    """What an engine has of one kind, with its labels."""

    def __init__(self) -> None:
        self.labels: dict[str, dict[str, str]] = {}

    def add(self, name: str, root: Path, kind: str = "dev", **more: str) -> None:
        ours = {names.CHECKOUT: str(root), names.KIND: kind, names.COMPOSE_PROJECT: PROJECT}
        self.labels[name] = ours | more

    def list(self, *, filters: dict[str, Any], **_: object) -> list[SimpleNamespace]:
        wanted = filters["label"]
        pairs = [it.split("=") for it in ([wanted] if isinstance(wanted, str) else wanted)]
        return [
            self.get(name)
            for name, labels in self.labels.items()
            if all(labels.get(key) == value for key, value in pairs)
        ]

    def get(self, name: str) -> SimpleNamespace:
        def remove(**_: object) -> None:
            del self.labels[name]

        return SimpleNamespace(name=name, attrs={"Labels": self.labels[name]}, remove=remove)


class PlayedEngine:
    """Stands in for an engine, and for compose, which removes containers and networks."""

    host, program, variables = "unix:///here.sock", "docker", {"DOCKER_HOST": "unix:///here.sock"}

    def __init__(self) -> None:
        self.client = SimpleNamespace(containers=Things(), volumes=Things(), networks=Things())
        self.called: list[list[str]] = []

    def compose(self, words: list[str], **_: object) -> process.Completed:
        self.called.append(words)
        self.client.containers.labels.clear()
        self.client.networks.labels.clear()
        return process.Completed(0, "", "")

    @property
    def has(self) -> list[str]:
        parts = vars(self.client).values()
        return [name for part in parts for name in part.labels]


@pytest.fixture
def gone(tmp_path: Path) -> Path:
    return tmp_path.resolve() / "the second"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> PlayedEngine:
    found = PlayedEngine()
    monkeypatch.setattr(log, "json_mode", False)
    monkeypatch.setattr(process, "run", found.compose)
    for command in (clean, down):
        monkeypatch.setattr(command, "engine", lambda **_: nullcontext(found))
    return found


def add_all(engine: PlayedEngine, root: Path) -> None:
    engine.client.containers.add("c", root)
    engine.client.volumes.add("wal", root)
    engine.client.volumes.add("beads", root)
    engine.client.networks.add("default", root)


def test_clean_removes_what_the_engine_has_of_it(
    gone: Path, engine: PlayedEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    add_all(engine, gone)
    clean.clean(project=gone)
    assert engine.has == []
    assert capsys.readouterr().out == "removed beads, wal\n"
    [words] = engine.called
    assert words == [
        *("docker", "compose", "--ansi", "never", "--project-name", PROJECT),
        *("down", "--remove-orphans"),
    ]


def test_down_keeps_its_state_and_names_what_removes_it(
    gone: Path, engine: PlayedEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    add_all(engine, gone)
    down.down(project=gone)
    assert engine.has == ["wal", "beads"]
    removes = f"harness clean --project '{gone}'"
    assert capsys.readouterr().out == f"stopped; state is kept (`{removes}` removes it)\n"
    clean.clean(project=gone, json=True)
    assert engine.has == []
    assert json.loads(capsys.readouterr().out) == {"removed": ["beads", "wal"]}


@pytest.mark.parametrize("command", [clean.clean, down.down])
def test_of_which_the_engine_has_nothing_is_refused(
    gone: Path, engine: PlayedEngine, command: Callable[..., None]
) -> None:
    engine.client.volumes.add("of-another", gone.parent / "another")
    engine.client.containers.add("of-a-run", gone, "acceptance")
    with pytest.raises(StackError, match=r": no such directory, and unix:///here.sock has nothing"):
        command(project=gone)
    assert engine.has == ["of-a-run", "of-another"]
    assert not engine.called


def test_what_is_another_machines_stays(gone: Path, engine: PlayedEngine) -> None:
    add_all(engine, gone)
    engine.client.containers.add("c", gone, **{names.HOST: "another"})
    with pytest.raises(StackError, match=r"belongs to another; stop it from there"):
        clean.clean(project=gone)
    engine.client.containers.add("c", gone, **{names.HOST: socket.gethostname()})
    clean.clean(project=gone)
    assert engine.has == []


COMPOSE = """
services:
  loa: {image: "%s", command: [none], volumes: ["wal:/data/wal"]}
volumes: {wal: }
"""


@pytest.mark.engine
def test_a_real_one_goes_with_container_network_and_volumes(
    docker: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = f"gone-{uuid.uuid4().hex[:8]}"
    docker.client.api.import_image_from_data(archive_of(image), repository=image)
    (root := tmp_path.resolve() / "second").mkdir()
    (root / "docker-compose.dev.yml").write_text(COMPOSE % image, encoding="utf-8")
    project = Project(root)
    compose = compose_of(project, docker)
    try:
        settings = Settings("dev", image, "0:0", PortPair(3000, 18789), "made from this")
        text = render(project, compose.model(), settings)
        override_of(project).write_text(text, encoding="utf-8")
        compose_of(project, docker).create()
        [volume] = volume_names(docker, project.slug)
        shutil.rmtree(root)
        down.down(project=root)
        left = docker.client.containers.list(
            all=True, filters={"label": f"{names.CHECKOUT}={root}"}, ignore_removed=True
        )
        assert not left
        with pytest.raises(NotFound):
            docker.client.networks.get(f"{project.slug}_default")
        assert volume_names(docker, project.slug) == [volume]
        clean.clean(project=root)
        assert f"removed {volume}\n" in capsys.readouterr().out
        assert not volume_names(docker, project.slug)
        with pytest.raises(StackError, match="has nothing of it"):
            clean.clean(project=root)
    finally:
        compose.stop(down=True)
        docker.client.images.remove(image, force=True)
