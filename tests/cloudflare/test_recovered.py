"""What `harness recover` says and hands on: it is told to those who wait for the commit."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cloudflare.credentials import ACCOUNT, TOKEN
from harness.cloudflare.target import Target
from harness.commands.recover import recover
from harness.docker.revision import Revision
from harness.errors import InconclusiveError
from tests.cloudflare.made_up import NEW, MadeUp, release_of, target
from tests.conftest import REPOSITORY

COMMIT = "c0ffee1" + "0" * 33
OURS = NEW.model_copy(update={"release": f"260102T120000-{COMMIT[:7]}", "commit": COMMIT})


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MadeUp:
    made = MadeUp()
    monkeypatch.setenv(TOKEN, "made-up-token")
    monkeypatch.setenv(ACCOUNT, "0" * 32)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setattr(Revision, "of", lambda _: Revision(COMMIT))
    monkeypatch.setattr(Target, "journals", lambda _, *names: target(made).journals(*names))
    monkeypatch.setattr(Target, "site", lambda *_: made)
    monkeypatch.setattr(Target, "worker", lambda *_: made)
    return made


def handed_on(tmp_path: Path) -> str:
    recover(project=REPOSITORY)
    path = tmp_path / "output"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def unsure(cloud: MadeUp) -> None:
    cloud.silent = True
    with pytest.raises(InconclusiveError):
        release_of(cloud).run(OURS)
    cloud.silent = False


def of_another_commit(cloud: MadeUp) -> None:
    release_of(cloud).run(NEW)


def of_this_commit(cloud: MadeUp) -> None:
    release_of(cloud).run(OURS)


def replaced_by_hand(cloud: MadeUp) -> None:
    of_this_commit(cloud)
    cloud.shares = (("theirs", 100.0),)


def of_this_commit_with_another_image(cloud: MadeUp) -> None:
    of_this_commit(cloud)
    cloud.configured = "registry/loa@sha256:theirs"


@pytest.mark.parametrize(
    ("happened", "serves"),
    [
        (unsure, "serves=new\n"),
        (of_this_commit, "serves=commit\n"),
        (of_another_commit, ""),
        (replaced_by_hand, ""),
        (of_this_commit_with_another_image, ""),
        (lambda _: None, ""),
    ],
)
def test_a_release_that_serves_is_handed_on_as_that(
    cloud: MadeUp, tmp_path: Path, happened: Callable[[MadeUp], None], serves: str
) -> None:
    happened(cloud)
    assert handed_on(tmp_path) == serves


def test_so_it_is_said(cloud: MadeUp, capsys: pytest.CaptureFixture[str]) -> None:
    of_this_commit(cloud)
    recover(project=REPOSITORY)
    said = capsys.readouterr().out.splitlines()
    assert said == [
        f"production: nothing was left to do; release {OURS.release} of this commit serves",
        "staging: nothing was left to do",
    ]
