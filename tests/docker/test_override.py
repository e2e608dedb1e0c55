import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.docker.elsewhere import forwarded, synced
from harness.docker.override import Settings, render
from harness.engine.reach import Reach
from harness.errors import StackError
from harness.ports import PortPair
from harness.project import Project


class _Loader(yaml.SafeLoader):
    pass


def _override(loader: yaml.SafeLoader, node: yaml.Node) -> list[Any]:
    assert isinstance(node, yaml.SequenceNode)
    return list(loader.construct_sequence(node))


_Loader.add_constructor("!override", _override)

SETTINGS = Settings(
    kind="dev", image="dev:1", user="7:8", ports=PortPair(3100, 18900), fingerprint="f"
)
MODEL: dict[str, Any] = {"services": {"loa": {}}, "volumes": {"wal": {}}}


@pytest.fixture(autouse=True)
def _a_shell_that_chooses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOA_RELOADER", "LOA_INSPECT", "BEAUVOIR_DEV_MODE"):
        monkeypatch.delenv(name, raising=False)


def service(root: Path) -> dict[str, Any]:
    text = render(Project(root), MODEL, SETTINGS)
    return dict(yaml.load(text, Loader=_Loader)["services"]["loa"])  # noqa: S506 -- a SafeLoader


def test_ports_image_and_user_are_the_stacks_own(tmp_path: Path) -> None:
    made = service(tmp_path)
    assert (made["image"], made["user"]) == ("dev:1", "7:8")
    assert made["ports"] == ["127.0.0.1:3100:3000", "127.0.0.1:18900:18789"]


def test_what_compose_does_not_make_gets_no_labels(tmp_path: Path) -> None:
    theirs = {"external": True, "name": "theirs"}
    kinds = {
        "volumes": {"wal": None, "models": theirs},
        "networks": {"default": {}, "proxy": theirs},
    }
    text = render(Project(tmp_path), {**MODEL, **kinds}, SETTINGS)
    made = yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader
    assert (list(made["volumes"]), list(made["networks"])) == (["wal"], ["default"])


def test_a_debuggers_port_is_open_here_only(tmp_path: Path) -> None:
    text = render(Project(tmp_path), MODEL, replace(SETTINGS, inspector=9230))
    made = yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader
    assert "127.0.0.1:9230:9229" in made["services"]["loa"]["ports"]


def test_what_counts_as_code_goes_into_the_container(tmp_path: Path) -> None:
    toml = "[watch]\ninclude = ['src/**/*.ts', 'a$b.ts']\nexclude = []\n"
    (tmp_path / "harness.toml").write_text(toml, encoding="utf-8")
    environment = service(tmp_path)["environment"]
    # compose makes $ of $$.
    told = environment["LOA_WATCH_INCLUDE"].replace("$$", "$")
    assert json.loads(told) == ["src/**/*.ts", "a$b.ts"]
    assert "a$$b.ts" in environment["LOA_WATCH_INCLUDE"]
    assert json.loads(environment["LOA_WATCH_EXCLUDE"]) == []


def test_a_reloader_is_passed_on_only_if_the_shell_chooses_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "LOA_RELOADER" not in service(tmp_path)["environment"]
    monkeypatch.setenv("LOA_RELOADER", "entr")
    assert service(tmp_path)["environment"]["LOA_RELOADER"] == "entr"


def test_a_model_without_the_service_is_told(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="no service 'loa'"):
        render(Project(tmp_path), {"services": {"other": {}}}, SETTINGS)


class TestElsewhere:
    """What is written where the engine sees no files, or its ports cannot be reached."""

    @pytest.fixture
    def model(self, tmp_path: Path) -> dict[str, Any]:
        for name in ("deploy/loa-identity", ".claude"):
            (tmp_path / name).mkdir(parents=True)
        volumes = [
            bind(tmp_path / ".claude", "/workspace/.claude", read_only=True),
            bind(tmp_path / "deploy/loa-identity", "/workspace/deploy/loa-identity"),
            bind(Path("/etc/localtime"), "/etc/localtime"),
            {"type": "volume", "source": "wal", "target": "/data/wal"},
        ]
        return {"services": {"loa": {"volumes": volumes}}, "volumes": {"wal": {}}}

    def rendered(self, root: Path, model: dict[str, Any], reach: Reach) -> dict[str, Any]:
        text = render(Project(root), model, replace(SETTINGS, reach=reach))
        return dict(yaml.load(text, Loader=_Loader))  # noqa: S506 -- a SafeLoader

    def test_volumes_take_the_place_of_the_checkouts_directories(
        self, tmp_path: Path, model: dict[str, Any]
    ) -> None:
        made = self.rendered(tmp_path, model, Reach(files=False))
        claude, layer, *others = made["services"]["loa"]["volumes"]
        assert claude == {
            "type": "volume",
            "source": "source_workspace_.claude",
            "target": "/workspace/.claude",
            "read_only": True,
        }
        assert (layer["target"], layer["read_only"]) == ("/workspace/deploy/loa-identity", False)
        assert others == model["services"]["loa"]["volumes"][2:], "what else there is stays"
        assert set(made["volumes"]) == {"wal", claude["source"], layer["source"]}
        assert made["volumes"][claude["source"]]["labels"] == made["volumes"]["wal"]["labels"]
        assert made["services"]["loa"]["ports"] == ["127.0.0.1:3100:3000", "127.0.0.1:18900:18789"]
        labels = made["services"]["loa"]["labels"]
        assert synced(labels) == {
            "/workspace/.claude": ".claude",
            "/workspace/deploy/loa-identity": "deploy/loa-identity",
        }
        assert forwarded(labels) == {}

    def test_ports_that_cannot_be_reached_are_not_published(
        self, tmp_path: Path, model: dict[str, Any]
    ) -> None:
        made = self.rendered(tmp_path, model, Reach(ports=False))
        assert made["services"]["loa"]["ports"] == []
        assert "volumes" not in made["services"]["loa"]
        labels = made["services"]["loa"]["labels"]
        assert forwarded(labels) == {3100: 3000, 18900: 18789}
        assert synced(labels) == {}

    def test_a_debuggers_port_is_led_there_too(self, tmp_path: Path, model: dict[str, Any]) -> None:
        settings = replace(SETTINGS, reach=Reach(ports=False), inspector=9230)
        text = render(Project(tmp_path), model, settings)
        made = yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader
        assert made["services"]["loa"]["ports"] == []
        assert forwarded(made["services"]["loa"]["labels"])[9230] == 9229

    def test_a_single_file_cannot_be_had_there(self, tmp_path: Path, model: dict[str, Any]) -> None:
        (tmp_path / "one.json").touch()
        model["services"]["loa"]["volumes"].append(bind(tmp_path / "one.json", "/one.json"))
        with pytest.raises(StackError, match=r"one\.json is a file, and only directories can"):
            self.rendered(tmp_path, model, Reach(files=False))

    def test_what_is_missing_is_said_to_be(self, tmp_path: Path, model: dict[str, Any]) -> None:
        model["services"]["loa"]["volumes"].append(bind(tmp_path / "none", "/none"))
        with pytest.raises(StackError, match="none is missing, and cannot be copied to an engine"):
            self.rendered(tmp_path, model, Reach(files=False))


def bind(source: Path, target: str, *, read_only: bool = False) -> dict[str, Any]:
    return {"type": "bind", "source": str(source), "target": target, "read_only": read_only}
