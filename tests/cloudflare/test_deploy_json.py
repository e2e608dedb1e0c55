"""What `harness deploy --json` prints is one document, whatever came of the release."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cloudflare.serving import Serving
from harness.cloudflare.target import Target
from harness.commands import gate
from harness.commands.deploy import deploy
from harness.console import log
from harness.criteria.catalog import Gate
from harness.criteria.gate import Answer
from harness.errors import GateError
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

    monkeypatch.setattr("harness.commands.deploy.release", release)
    monkeypatch.setattr(gate, "_release", lambda *_: None)
    with made_up_account(Project(REPOSITORY)) as account:
        for name, value in account.environment.items():
            monkeypatch.setenv(name, value)
        yield
    log.json_mode = False


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
    deploy(image=SERVING.image, project=REPOSITORY, json=True)
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
        deploy(image=SERVING.image, project=REPOSITORY, json=True)
    [found] = document(capfd)["criteria"]
    assert (found["criterion"], found["problem"]) == ("D-1", "no evidence")
