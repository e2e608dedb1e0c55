"""What a registry answered is remembered for ten minutes, unless somebody has it forgotten."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from harness.commands import image
from harness.console import log
from harness.docker import local_build, published, registry
from harness.docker.dockerfile import Dockerfile
from harness.docker.local_build import stand_ins
from harness.docker.published import Published
from harness.docker.registry import Answer
from harness.engine.model import Engine
from harness.errors import ImageError

ENGINE = cast("Engine", SimpleNamespace(host="unix:///some.sock"))
NOW = 1_800_000_000.0
REFERENCE = "ghcr.io/some/image:main"
AWAY = "its registry cannot be reached (connection refused)"


class Asked:
    """A registry that is away; counts how often it is asked."""

    count = 0

    def __call__(self, *_: object) -> Answer:
        self.count += 1
        return Answer(problem=AWAY)


@pytest.fixture
def asked(answers: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    assert not answers.exists()
    away = Asked()
    monkeypatch.setattr(registry, "_ask", away)
    # Its clock stands still: a busy machine takes a second between two questions.
    monkeypatch.setattr(registry, "time", SimpleNamespace(time=lambda: NOW))
    return away


def age(answers: Path, seconds: float) -> None:
    kept = json.loads(answers.read_text(encoding="utf-8"))
    for answer in kept.values():
        answer["asked"] = NOW - seconds
    answers.write_text(json.dumps(kept), encoding="utf-8")


@pytest.mark.parametrize(("seconds", "said"), [(30, "30 s ago"), (180, "3 min ago")])
def test_a_remembered_problem_says_how_old_it_is_and_how_to_ask_again(
    asked: Asked, answers: Path, seconds: float, said: str
) -> None:
    assert registry.ask(ENGINE, REFERENCE).hint == ""
    age(answers, seconds)
    again = registry.ask(ENGINE, REFERENCE)
    assert again.hint == f", {said} (`harness image forget` has it asked again)"
    assert (again.problem, asked.count) == (AWAY, 1)


def test_once_it_is_forgotten_the_registry_is_asked(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    registry.ask(ENGINE, REFERENCE)
    image.forget()
    assert capsys.readouterr().out == "forgot 1 answer: the next command asks the registries\n"
    registry.ask(ENGINE, REFERENCE)
    assert asked.count == 2


def test_where_nothing_is_known_there_is_nothing_to_forget(
    asked: Asked, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "json_mode", False)
    image.forget(json=True)
    assert json.loads(capsys.readouterr().out) == {"forgotten": 0}
    assert asked.count == 0


@pytest.mark.usefixtures("asked")
def test_the_line_on_the_published_image_says_it(
    answers: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = SimpleNamespace(platform="linux/amd64", labels={"version": "1"}, id="1")
    monkeypatch.setattr(published, "inspect", lambda *_: facts)
    monkeypatch.setattr(published, "platform", lambda _: "linux/amd64")
    Published(ENGINE, REFERENCE, "version").look_up()
    age(answers, 60)
    Published(ENGINE, REFERENCE, "version").look_up()
    first, second = capsys.readouterr().err.splitlines()
    assert "image forget" not in first
    assert f"{REFERENCE}: {AWAY}; using the one that is here" in first
    assert second == (
        "· registry away 1 min ago: using the image that is here "
        "(`harness image forget` asks again)"
    )


@pytest.mark.usefixtures("asked")
def test_an_image_without_a_stand_in_says_it_too(
    answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_build, "inspect", lambda *_: None)
    registry.ask(ENGINE, "strange:1")
    age(answers, 60)
    dockerfile = SimpleNamespace(images=lambda _: ["strange:1"])
    with pytest.raises(ImageError, match=r"1 min ago .`harness image forget` has it asked again"):
        stand_ins(ENGINE, cast("Dockerfile", dockerfile), "")
