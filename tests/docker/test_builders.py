"""The builder that exports finished steps: one for each engine, and only if it starts."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness import process
from harness.docker import builders
from harness.docker.buildx import OWN_BUILDER
from harness.engine.model import Engine
from harness.errors import ToolError


def engine(host: str = "unix:///one.sock") -> Engine:
    """An engine whose own builder exports nothing."""
    client = SimpleNamespace(info=dict)
    return cast("Engine", SimpleNamespace(host=host, program="docker", variables={}, client=client))


class Buildx:
    """Takes the place of docker buildx, which remembers also builders that do not start."""

    def __init__(self, *, starts: bool) -> None:
        self.starts = starts
        self.known: dict[str, bool] = {}

    def run(self, words: list[str], **_: object) -> None:
        command, name = words[2], words[-1]
        if command == "create":
            name = words[words.index("--name") + 1]
            works = name not in self.known and self.starts
            self.known.setdefault(name, self.starts)
        elif command == "rm":
            works = self.known.pop(name, None) is not None
        else:
            works = name in self.known and (self.known[name] or "--bootstrap" not in words)
        if not works:
            raise ToolError(f"docker buildx {command} failed")


@pytest.fixture
def buildx(monkeypatch: pytest.MonkeyPatch) -> Buildx:
    found = Buildx(starts=True)
    monkeypatch.setattr(process, "run", found.run)
    monkeypatch.setattr(builders, "inspect", lambda *_: cast("Any", "there"))
    return found


def test_each_engine_has_its_own(buildx: Buildx) -> None:
    one, other = builders.exporting(engine()), builders.exporting(engine("tcp://far:2376"))
    assert one != other
    assert {*buildx.known} == {one, other}
    assert builders.exporting(engine()) == one


def test_one_that_does_not_start_is_not_used_and_not_left(
    buildx: Buildx, capsys: pytest.CaptureFixture[str]
) -> None:
    buildx.starts = False
    assert builders.exporting(engine()) == OWN_BUILDER
    assert not buildx.known
    assert "it does not start; the engine's own builder works" in capsys.readouterr().err


def test_one_that_is_dead_is_made_anew(buildx: Buildx) -> None:
    name = builders.exporting(engine())
    buildx.known[name] = False
    assert builders.exporting(engine()) == name
    assert buildx.known == {name: True}
