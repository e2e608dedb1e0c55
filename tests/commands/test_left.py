"""What `harness dev` says to somebody who leaves by Ctrl-C before it has anything to show."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from docker.errors import DockerException

from harness.commands import dev
from harness.console import log

GOES_ON = "· the environment goes on; `make dev-down` stops it, `make dev` comes back to it\n"
MADE = (
    "· the environment is made and not started; `make dev` starts it, `make dev-down` removes it\n"
)


class Containers:
    """Those of an engine: none, or one in that state, or the engine does not answer."""

    def __init__(self, state: str | None) -> None:
        self.state = state

    def list(self, **_: object) -> list[SimpleNamespace]:
        if self.state == "silent":
            raise DockerException("no answer")
        return [SimpleNamespace(status=self.state)] if self.state else []


def interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("harness.toml", "docker-compose.dev.yml"):
        (tmp_path / name).touch()
    monkeypatch.setattr(log, "json_mode", False)
    monkeypatch.setattr(dev, "refuse", lambda _: None)
    monkeypatch.setattr(dev, "install_types", lambda _: None)
    monkeypatch.setattr(dev, "dev_stack", interrupted)
    return tmp_path


def on(monkeypatch: pytest.MonkeyPatch, state: str | None) -> None:
    client = SimpleNamespace(containers=Containers(state))
    found = nullcontext(SimpleNamespace(client=client))
    monkeypatch.setattr(dev, "engine", lambda **_: found)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("running", GOES_ON),
        ("restarting", GOES_ON),
        ("created", MADE),
        ("exited", ""),
        (None, ""),
        ("silent", ""),
    ],
)
@pytest.mark.parametrize("options", [{}, {"detach": True}, {"json": True}])
def test_what_goes_on_is_said_while_it_starts(  # noqa: PLR0913, PLR0917 -- one table
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    state: str | None,
    said: str,
    options: dict[str, Any],
) -> None:
    on(monkeypatch, state)
    with pytest.raises(KeyboardInterrupt):
        dev.dev(project=root, **options)
    assert capsys.readouterr() == ("", said)


def test_it_is_said_of_one_that_is_up_and_not_shown_yet(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on(monkeypatch, "running")
    monkeypatch.setattr(dev, "dev_stack", lambda *_: None)
    monkeypatch.setattr(dev, "linked", interrupted)
    with pytest.raises(KeyboardInterrupt):
        dev.dev(project=root)
    assert capsys.readouterr().err == GOES_ON
