"""What `harness deploy` says in the end; with --json one document, whatever came of it."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.cloudflare import rehearsed as rehearsal
from harness.cloudflare.preview import URL
from harness.cloudflare.rehearsed import BEFORE
from harness.cloudflare.serving import Serving
from harness.cloudflare.target import Target
from harness.commands import deploy as command, gate
from harness.console import log
from harness.criteria.catalog import Gate
from harness.criteria.gate import Answer
from harness.errors import GateError, ReleaseError
from harness.fixtures.made_up_account import made_up_account
from harness.project import Project

REPOSITORY = Path(__file__).resolve().parents[2]
DIGEST = f"sha256:{'d' * 64}"
SERVING = Serving(version="v2", image=f"registry/loa@{DIGEST}", revision="abc")


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have an account be there, on which a release is the gate's question and nothing else."""

    def release(_: object, __: object, ___: object, accepted: Callable[[str], None]) -> Serving:
        accepted(DIGEST)
        return SERVING

    monkeypatch.setattr(command, "release", release)
    monkeypatch.setattr(gate, "_release", lambda *_: None)
    with made_up_account(Project(REPOSITORY)) as account:
        for name, value in account.environment.items():
            monkeypatch.setenv(name, value)
        yield
    log.json_mode = False


@pytest.fixture
def rehearsed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Have a rehearsal take no time; return what its images stood on."""
    stood_on: list[object] = []

    def make(*_: object, base: object = None) -> str:
        stood_on.append(base)
        return "image"

    def bring(target: Target, *_: Any, **__: Any) -> None:  # noqa: ANN401 -- whatever it takes
        _[-1](target.project, None, BEFORE)

    monkeypatch.setattr(command, "engine", nullcontext)
    monkeypatch.setattr(command, "rehearsed_account", lambda *_: nullcontext(Account()))
    monkeypatch.setattr(command, "base_image", lambda *_: "base")
    monkeypatch.setattr(command, "rehearsal_image", make)
    monkeypatch.setattr(rehearsal, "precede", bring)
    monkeypatch.setattr(rehearsal, "go_back", lambda *_, **__: None)
    return stood_on


class Account:
    """An account that is the environment's already."""

    cloud = SimpleNamespace(url=lambda _: "http://preview")

    def entered(self) -> AbstractContextManager[None]:
        return nullcontext()


def document(capfd: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 -- whatever it says
    return json.loads(capfd.readouterr().out)


def answers(monkeypatch: pytest.MonkeyPatch, problem: str) -> None:
    found = Answer(criterion="D-1", gate=Gate.RELEASE, problem=problem, command="do")
    monkeypatch.setattr(gate, "ask", lambda *_: [found])


@pytest.mark.parametrize("problem", ["", "no evidence"])
def test_a_release_says_what_serves(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], problem: str
) -> None:
    answers(monkeypatch, problem)  # a rehearsal only tells what lacks, on standard error
    command.deploy(image=SERVING.image, project=REPOSITORY, json=True)
    found = document(capfd)
    assert found.pop("url").startswith("http://")
    assert found == SERVING.model_dump()


def test_one_that_the_gate_ends_says_what_lacks(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    answers(monkeypatch, "no evidence")
    monkeypatch.setattr("harness.cloudflare.api.Api.is_loopback", property(lambda _: False))
    monkeypatch.setattr(Target, "url", lambda *_: "https://production")
    with pytest.raises(GateError, match="1 of 1 criteria lack evidence"):
        command.deploy(image=SERVING.image, project=REPOSITORY, json=True)
    [found] = document(capfd)["criteria"]
    assert (found["criterion"], found["problem"]) == ("D-1", "no evidence")


@pytest.mark.parametrize("found", [SERVING.image, ""], ids=["pushed", "never pushed"])
def test_without_an_image_the_one_that_was_pushed_is_released_and_asked_for(
    monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    asked: list[str] = []

    def release(_: object, __: object, image: Callable[[], str], accepted: Any) -> Serving:  # noqa: ANN401
        accepted(image())
        return SERVING

    def answer(_: object, __: object, ___: object, image: str) -> list[Answer]:
        asked.append(image)
        return []

    def bring(_: object, __: object, image: str, ___: object) -> str:
        asked.append(image)
        return DIGEST

    monkeypatch.setattr("harness.cloudflare.api.Api.is_loopback", property(lambda _: False))
    monkeypatch.setattr(Target, "url", lambda *_: "https://production")
    monkeypatch.setattr(command, "release", release)
    monkeypatch.setattr(command, "pushed", lambda _: found)
    monkeypatch.setattr(command, "bring", bring)
    monkeypatch.setattr(command, "answers_of", answer)
    command.deploy(project=REPOSITORY)
    (brought, gated) = asked
    assert brought == found
    assert gated.endswith(f"@{DIGEST}")
    assert (gated == found) is bool(found)


@pytest.mark.usefixtures("rehearsed")
def test_a_rehearsal_says_in_the_end_that_it_succeeded(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    answers(monkeypatch, "")
    command.deploy(rehearse=True, project=REPOSITORY)
    last = capfd.readouterr().out.splitlines()[-1]
    assert last == (
        "the rehearsal succeeded; its account is thrown away, and nothing of it is left"
    )


def test_what_its_images_stand_on_is_looked_for_once(
    monkeypatch: pytest.MonkeyPatch, rehearsed: list[object]
) -> None:
    answers(monkeypatch, "")
    command.deploy(rehearse=True, project=REPOSITORY)
    assert rehearsed == ["base"]


@pytest.mark.parametrize(
    ("error", "how"), [(KeyboardInterrupt(), "was ended by hand"), (ReleaseError("ill"), "failed")]
)
@pytest.mark.usefixtures("rehearsed")
def test_one_that_ends_otherwise_says_that_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: BaseException,
    how: str,
) -> None:
    def release(*_: object) -> None:
        raise error

    monkeypatch.setattr(command, "release", release)
    with pytest.raises(type(error)):
        command.deploy(rehearse=True, project=REPOSITORY)
    said = capfd.readouterr()
    assert said.err.splitlines()[-1].endswith(
        f"the rehearsal {how}; its account is thrown away, and nothing of it is left"
    )
    assert "succeeded" not in said.out


@pytest.mark.usefixtures("rehearsed")
def test_of_a_preview_that_is_taken_away_at_once_it_is_one_document_too(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(URL, "")  # a rehearsal sets it, and what is entered here forgets nothing
    there = SimpleNamespace(take_away=lambda: ["Worker x"])
    monkeypatch.setattr(command, "_preview", lambda *_: ("preview x", SERVING, "http://preview"))
    monkeypatch.setattr(command, "Preview", lambda *_: there)
    command.deploy(rehearse=True, preview="x", project=REPOSITORY, json=True)
    assert document(capfd) == {"url": "http://preview", **SERVING.model_dump()}
    command.deploy(preview="x", remove=True, project=REPOSITORY, json=True)
    assert document(capfd) == {"preview": "x", "removed": ["Worker x"]}


@pytest.mark.usefixtures("rehearsed")
def test_what_is_kept_is_said_with_its_health_route(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def end() -> None:
        raise KeyboardInterrupt

    answers(monkeypatch, "")
    event = SimpleNamespace(wait=end)
    monkeypatch.setattr(command, "threading", SimpleNamespace(Event=lambda: event))
    with pytest.raises(KeyboardInterrupt):
        command.deploy(rehearse=True, keep=True, project=REPOSITORY)
    [*_, goes_on, health] = capfd.readouterr().out.splitlines()
    assert health.startswith(f"{goes_on.split()[0]}/health is its health route")
